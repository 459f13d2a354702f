"""The generator as a process of its own: `python -m profiles.live.generator < orders.json`.

Orders come as JSON on standard input; progress and, at the end, the outcome go out as one JSON line each. Told to end
by SIGTERM it stops sending and gives the outcome of what it has sent.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
import uvloop

from profiles.live.engine import Engine
from profiles.live.orders import Orders, Outcome, Progress, Report
from service.clocks import SystemClock
from service.core.errors import PulseError

__all__ = ["GeneratorError", "generate", "main"]

_LINE_BYTES = 1 << 30
_END_S = 10.0
_REPORT = msgspec.json.Decoder(Report)


class GeneratorError(PulseError):
    """The generator ended without an outcome; the message has the end of what it said."""


async def generate(
    orders: Orders,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    *,
    stop: asyncio.Event | None = None,
    command: Sequence[str] = (sys.executable, "-m", "profiles.live.generator"),
) -> Outcome:
    """Carries the orders out in a process of its own. Once `stop` is set it comes to an early end.

    Raises GeneratorError.
    """
    async with _child(command) as process:
        stopping = asyncio.create_task(_terminate(process, stop or asyncio.Event()), name="stop the generator")
        try:
            return await _outcome(process, orders, on_progress)
        finally:
            stopping.cancel()


async def _terminate(process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    await stop.wait()
    process.terminate()


async def _outcome(
    process: asyncio.subprocess.Process, orders: Orders, on_progress: Callable[[Progress], None]
) -> Outcome:
    assert process.stdin is not None  # noqa: S101 - they are pipes
    assert process.stdout is not None  # noqa: S101 - same
    assert process.stderr is not None  # noqa: S101 - same
    said = asyncio.create_task(process.stderr.read())
    try:
        process.stdin.write(msgspec.json.encode(orders))
        process.stdin.close()
        async for line in process.stdout:
            match _REPORT.decode(line):
                case Progress() as progress:
                    on_progress(progress)
                case Outcome() as outcome:
                    return outcome
        last = (await said).decode(errors="replace").strip().splitlines() or ["nothing"]
        raise GeneratorError(f"the generator ended without an outcome; it said: {last[-1]}")
    finally:
        said.cancel()


@asynccontextmanager
async def _child(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Ctrl-C is for the parent alone, which ends the generator itself."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=pipe, limit=_LINE_BYTES, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def main() -> None:
    """Reads orders, carries them out, writes the outcome."""
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    outcome = uvloop.run(_run(orders))
    _write(outcome)


async def _run(orders: Orders) -> Outcome:
    engine = Engine(orders, _write, SystemClock())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, engine.stop)
    return await engine.run()


def _write(report: Report) -> None:
    data = msgspec.json.encode(report) + b"\n"
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
