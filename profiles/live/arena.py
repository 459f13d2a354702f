"""A bot as a process of its own between a real store and simulated upstreams that take their time."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from profiles.arms import ArmSpec
from profiles.introduction import people_of
from profiles.live.introduction import Town
from profiles.processes import SECRETS, ProcessError, bot, sandbox
from profiles.trace import Trace
from profiles.workload_model import Workload
from service.sandbox.latency import OperationLatency
from service.store.embedded import EmbeddedStore, embedded

__all__ = ["Arena", "LiveArm", "arena", "latency_of", "our_arm", "stock"]

_NOT_DATA = shutil.ignore_patterns("*.sock", "*.lock", "*.log")


class LiveArm(msgspec.Struct, frozen=True, kw_only=True):
    """An arm, and how it is run: the command that serves, the one that prepares its store, and their environment.

    Both commands belong to the same code, which need not be this one: another checkout has its own.
    """

    spec: ArmSpec
    serve: tuple[str, ...]
    introduce: tuple[str, ...]
    environ: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        return self.spec.name


def our_arm(spec: ArmSpec, serve: Sequence[str]) -> LiveArm:
    """An arm of this code; `serve` is the command that runs the bot."""
    return LiveArm(spec=spec, serve=tuple(serve), introduce=(sys.executable, "-m", "profiles.live.introduction"))


class Arena(msgspec.Struct, frozen=True):
    """What is running: the bot's webhook and figures, and the processes by their ids."""

    bot_url: str
    sandbox_url: str
    store: EmbeddedStore
    bot_pid: int
    sandbox_pid: int

    @property
    def webhook_url(self) -> str:
        return f"{self.bot_url}/webhook/whatsapp"

    @property
    def secret(self) -> str:
        """What webhooks are signed with."""
        return SECRETS["WHATSAPP_APP_SECRET"]


@asynccontextmanager
async def arena(
    arm: LiveArm, workload: Workload, trace: Trace, place: Path, *, stocked: Path | None = None
) -> AsyncIterator[Arena]:
    """A bot that was deployed a moment ago: people are linked, caches are cold. `place` is an empty directory.

    `stocked` is the directory of a store that knows them already, of which a copy is taken. Everything is ended at the
    end. Raises ProcessError, StoreUnavailable.
    """
    people, latency = place / "people.json", place / "latency.json"
    people.write_bytes(msgspec.json.encode(people_of(trace.population)))
    latency.write_bytes(latency_of(workload))
    options = ["--people", str(people), "--latency", str(latency), "--seed", str(trace.seed)]
    options += [] if workload.moving_prices else ["--frozen-prices"]
    if stocked is not None:
        shutil.copytree(stocked, place / "store", ignore=_NOT_DATA)
    async with embedded(place / "store") as store:
        if stocked is None:
            await _introduce(arm, trace, store.url)
        environ = {**arm.environ, "REDIS_URL": store.url, "PULSE_CONCURRENCY": str(workload.core.concurrency)}
        async with (
            sandbox(place, *options) as (sandbox_url, sandbox_pid),
            bot(arm.spec, arm.serve, sandbox_url, place, environ) as running,
        ):
            yield Arena(running.url, sandbox_url, store, running.pid, sandbox_pid)


async def stock(arm: LiveArm, trace: Trace, place: Path) -> None:
    """Leaves a store in an empty directory that knows the people of the trace.

    Raises ProcessError, StoreUnavailable.
    """
    async with embedded(place) as store:
        await _introduce(arm, trace, store.url)


def latency_of(workload: Workload, slower_by: float = 0.0) -> bytes:
    """How long the workload's upstreams take, each longer by a share, as the sandbox reads it."""
    model = workload.upstream.model()

    def longer(one: OperationLatency) -> OperationLatency:
        return msgspec.structs.replace(one, median_ms=one.median_ms * (1 + slower_by))

    operations = {name: longer(one) for name, one in model.operations.items()}
    return msgspec.json.encode(
        {**msgspec.structs.asdict(model), "default": longer(model.default), "operations": operations}
    )


async def _introduce(arm: LiveArm, trace: Trace, store_url: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *arm.introduce, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe, env={**os.environ, **arm.environ}
    )
    town = Town(store_url, trace.seed, trace.population)
    _, said = await process.communicate(msgspec.json.encode(town))
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise ProcessError(f"the people could not be introduced to the bot of {arm.name}; it said: {last[-1]}")
