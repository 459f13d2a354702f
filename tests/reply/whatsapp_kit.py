"""A chat over a WhatsApp that answers as a test wants it to."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.messages import Document, Outgoing, Text
from service.flow.inline import Inline
from service.observe.meter import MemoryMeter
from service.ports import Paper
from service.reply.whatsapp import WhatsAppChat

Answer = Callable[[httpx.Request], httpx.Response]
TAKEN = {"messages": [{"id": "wamid.OUT"}]}
TOKEN = "EAAG-very-secret"
TO = "18765550001"


class Graph:
    """Answers every request in the same way, and keeps them."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/media"):
            return httpx.Response(200, json={"id": "media1"})
        return self._answer(request)


def taken(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=TAKEN)


def failing(status: int, code: int | None = None, headers: dict[str, str] | None = None) -> Answer:
    body: Any = {"error": {"code": code, "message": f"no, {TO}"}} if code is not None else "<html>"
    return lambda _: httpx.Response(status, json=body, headers=headers)


class Line:
    """A chat over a graph, in virtual time."""

    def __init__(
        self,
        answer: Answer | Graph = taken,
        draw: Callable[[str], bytes] | None = None,
        speak: Callable[[str], bytes] = str.encode,
    ) -> None:
        self.graph: Any = answer if isinstance(answer, Graph) else Graph(answer)
        self.meter = MemoryMeter()
        self.drawn: list[str] = []
        self.charged: set[str] = set()
        self._draw = draw or self._note
        self._speak = speak

    def send(self, message: Outgoing, to: str = TO) -> str:
        async def main(clock: VirtualClock) -> str:
            chat = WhatsAppChat(
                httpx.MockTransport(self.graph),
                base_url="https://graph.test/",
                version="v23.0",
                phone_number_id="555",
                token=TOKEN,
                draw=self._draw,
                speak=self._speak,
                compute=Inline(clock),
                papers=self._paper,
                meter=self.meter,
                clock=clock,
            )
            sent = await chat.send(to, message, "wamid.IN")
            self.charged = set(clock.charged_s)
            return sent

        return run_virtual(main, start_unix_s=0.0)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.graph.requests if "messages" in request.url.path]

    @asynccontextmanager
    async def _paper(self, document: Document) -> AsyncIterator[Paper | Text]:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"a,b\r\n"
            yield b"1,2\r\n"

        yield Text("nothing there") if document.period == "empty" else Paper("text/plain", 10, "1 payment", chunks)

    def _note(self, text: str) -> bytes:
        self.drawn.append(text)
        return b"a picture"
