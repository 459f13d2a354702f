"""The processes of a measurement: the bot, its sandbox, and whatever else is started for it and ended with it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from profiles.arms import ArmSpec
from service.core.errors import PulseError
from service.running import Running, find_running

__all__ = ["SECRETS", "Child", "ProcessError", "announced", "bot", "child", "sandbox", "until"]

_T = TypeVar("_T")

_START_S = 20.0
_STOP_S = 15.0
_POLL_S = 0.05

SECRETS = {
    "WHATSAPP_APP_SECRET": "bench-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "bench-verify-token",
    "WHATSAPP_ACCESS_TOKEN": "bench-access-token",
    "WHATSAPP_PHONE_NUMBER_ID": "15550000000",
    "FLASH_API_KEY": "bench-flash-key",
    "PULSE_ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}
"""What the bot and its sandbox share, as environment variables of the bot."""


class ProcessError(PulseError):
    """A process of the measurement did not start; the message has the end of what it said."""


@asynccontextmanager
async def sandbox(place: Path, *options: str) -> AsyncIterator[tuple[str, int]]:
    """Flash and WhatsApp in a process of their own; gives their URL and the process id."""
    command = [sys.executable, "-m", "service.sandbox", "--port", "0", *options]
    command += ["--access-token", SECRETS["WHATSAPP_ACCESS_TOKEN"], "--api-key", SECRETS["FLASH_API_KEY"]]
    command += ["--phone-number-id", SECRETS["WHATSAPP_PHONE_NUMBER_ID"]]
    async with child(command, os.environ, place, "sandbox") as started:
        port = msgspec.json.decode(await announced(started))["port"]
        yield f"http://127.0.0.1:{port}", started.process.pid


@asynccontextmanager
async def bot(
    arm: ArmSpec, serve: Sequence[str], sandbox_url: str, place: Path, environ: Mapping[str, str] = {}
) -> AsyncIterator[Running]:
    """The bot of an arm, by the command that runs it; `environ` is beside what every bot of a measurement has.

    Raises ProcessError.
    """
    data = place / "bot"
    own = {"FLASH_API_URL": f"{sandbox_url}/graphql", "WHATSAPP_API_URL": sandbox_url, "PULSE_DATA_DIR": str(data)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULSE_", "REDIS_"))}
    async with child(
        [*serve, "--port", "0", "--phase", str(arm.phase)],
        {**kept, **SECRETS, **own, "PULSE_SWITCHES": arm.changes, **environ},
        place,
        "bot",
    ) as started:
        yield await until(lambda: find_running(data), started)


class Child(NamedTuple):
    """A process of ours, and the file with what it says."""

    process: asyncio.subprocess.Process
    output: Path


@asynccontextmanager
async def child(command: Sequence[str], environ: Mapping[str, str], place: Path, name: str) -> AsyncIterator[Child]:
    """Starts a process; it is asked to stop at the end, and waited for. Ctrl-C is for the parent alone."""
    output = place / f"{name}.log"
    with output.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, env=dict(environ), cwd=place, start_new_session=True
        )
    try:
        yield Child(process, output)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def until(find: Callable[[], _T | None], started: Child) -> _T:
    """What a started process makes come true. Raises ProcessError when it ends before, or does not in time."""
    for _ in range(int(_START_S / _POLL_S)):
        found = find()
        if found is not None:
            return found
        if started.process.returncode is not None:
            break
        await asyncio.sleep(_POLL_S)
    text = await asyncio.to_thread(started.output.read_text, errors="replace")
    said = text.strip().splitlines() or ["nothing"]
    code = started.process.returncode
    why = f"did not start within {_START_S:g} s" if code is None else f"ended with code {code}"
    raise ProcessError(f"a process of the measurement {why}; it said: {said[-1]}")


async def announced(started: Child) -> bytes:
    """The first line that a process says. Raises ProcessError as `until`."""
    return await until(lambda: _first_line(started.output), started)


def _first_line(file: Path) -> bytes | None:
    line, end, _ = file.read_bytes().partition(b"\n")
    return line if end else None
