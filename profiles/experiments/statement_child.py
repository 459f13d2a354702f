"""The process that makes one statement and says how much memory that took: a job comes in, figures go out."""

import asyncio
import resource
import sys
import tempfile
import tracemalloc
from pathlib import Path
from typing import Literal

import httpx
import msgspec
import psutil

from service import switching
from service.clocks import SystemClock
from service.core.messages import Document
from service.core.sessions import Session
from service.flow.inline import Inline
from service.flow.workers import Workers, worker_count
from service.gateway.client import flash_transport
from service.gateway.flash_pages import FlashPages
from service.gateway.graphql import GraphQL
from service.observe.meter import MemoryMeter
from service.reply.client import whatsapp_transport
from service.reply.papers import OnDisk, StatementPapers, in_memory
from service.reply.qr import draw_qr
from service.reply.speech import speak
from service.reply.whatsapp import WhatsAppChat
from service.sandbox.world import World
from service.switching import switched

__all__ = ["Job", "main"]

_WHO = "henry"
_FOREVER_S = 2**33
_KILOBYTE = 1_024
_ROW_EVERY_S = 1_800
_FEW_ROWS = 1_000


class Job(msgspec.Struct, frozen=True):
    """Where Flash and WhatsApp are, what to make of how many movements, and with which switches ("5.2 5.3")."""

    url: str
    token: str
    phone_number_id: str
    kind: Literal["csv", "pdf"]
    rows: int
    switches: str
    traced: bool


class _Scene:
    """The bot's parts around one user's session."""

    def __init__(self, job: Job, place: Path) -> None:
        self._job = job
        clock, self.meter = SystemClock(), MemoryMeter()
        world = World.demo()
        account = world.names[_WHO]
        self._session = Session(_WHO, account.phone or "", account.id, _WHO, world.token(account), 0.0)
        self._wallet_id = account.usd_wallet_id
        inline = Inline(clock)
        self.workers = Workers(inline, self.meter, size=worker_count())
        compute = switched("5.2", on=self.workers, off=inline)
        self.transports = flash_transport(), whatsapp_transport()
        graphql = GraphQL(self.transports[0], f"{job.url}/graphql", clock, self.meter)
        papers = StatementPapers(
            switched("5.3", on=OnDisk(place), off=in_memory),
            pages=FlashPages(graphql, clock),
            session_of=self._session_of,
            end_session=self._end_session,
            compute=compute,
        )
        self._chat = WhatsAppChat(
            self.transports[1],
            base_url=job.url,
            version="v23.0",
            phone_number_id=job.phone_number_id,
            token=job.token,
            draw=draw_qr,
            speak=speak,
            compute=compute,
            papers=papers,
            meter=self.meter,
            clock=clock,
        )

    async def send(self, rows: int) -> None:
        """A statement of so many movements, of which there is one every half an hour."""
        begin_s = int(SystemClock().now()) - rows * _ROW_EVERY_S
        whose = (_WHO, self._session.account_id, self._wallet_id)
        document = Document(self._job.kind, *whose, max(0, begin_s), _FOREVER_S, "all", "f", "c")
        await self._chat.send("18765550108", document, "wamid.1")

    async def _session_of(self, _user: str) -> Session:
        return self._session

    async def _end_session(self, _session: Session) -> None:
        raise RuntimeError("the sandbox does not know its own user")


def main() -> None:
    """Reads the job and writes the figures."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(_measured(job, Path(place)))
    sys.stdout.buffer.write(msgspec.json.encode(figures))


async def _measured(job: Job, place: Path) -> dict[str, float]:
    scene = _Scene(job, place)
    with switching.use(frozenset(job.switches.split())):
        await scene.send(_FEW_ROWS)
        if job.traced:
            tracemalloc.start()
        process, (heap, _) = psutil.Process(), tracemalloc.get_traced_memory()
        rss = process.memory_info().rss
        await scene.send(job.rows)
        figures = {
            "rss_spike": max(0, _peak_rss() - rss),
            "heap_spike": tracemalloc.get_traced_memory()[1] - heap,
            "workers": sum(psutil.Process(pid).memory_info().rss for pid in scene.workers.processes),
            "document": await _uploaded_bytes(job.url),
        }
    await scene.workers.aclose()
    for transport in scene.transports:
        await transport.aclose()
    return figures


def _peak_rss() -> int:
    """Bytes: the most that was ever resident.

    Not by getrusage on Linux: its peak survives exec, so it may be that of whoever started this process.
    """
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [line] = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM:"))
    return int(line.split()[1]) * _KILOBYTE


async def _uploaded_bytes(url: str) -> int:
    """How large the file is that the simulated WhatsApp was sent last."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        messages = (await http.get("/sandbox/messages")).json()["messages"]
        media = await http.get(f"/sandbox/media/{messages[-1]['body']['document']['id']}")
        return len(media.content)


if __name__ == "__main__":
    main()
