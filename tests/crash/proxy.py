"""Between the bot and its store: passes one command at a time, and its reply, so that each can be a marked point."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from service.store import inbox, outbox, payments
from tests.crash.traps import CutError, Event, Moment, Traps

__all__ = ["proxied"]

_SCRIPTS = (
    ("accept", inbox.ACCEPT),
    ("finish", outbox.FINISH),
    ("propose", payments.PROPOSE),
    ("move", payments.CONFIRM),
    ("move", payments.MOVE),
)
_NAMES = {word.encode(): name for name, one in _SCRIPTS for word in (one.sha, one.text)}
_STATE_AFTER = 3  # which argument of a move it is


@contextlib.asynccontextmanager
async def proxied(listen: Path, upstream: Path, traps: Traps) -> AsyncIterator[None]:
    """Serves the socket `listen` from the one at `upstream`, which need not be there all the time."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, CutError), contextlib.closing(writer):
            theirs, ours = await asyncio.open_unix_connection(upstream)
            with contextlib.closing(ours):
                while True:
                    await _pass_one(reader, writer, theirs, ours, traps)

    server = await asyncio.start_unix_server(serve, listen)
    try:
        yield
    finally:
        server.close()


async def _pass_one(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    theirs: asyncio.StreamReader,
    ours: asyncio.StreamWriter,
    traps: Traps,
) -> None:
    """Raises EOFError or OSError when a side has ended, CutError when a trap wants it."""
    raw, words = await _command(reader)
    event = Event(_name(words), raw)
    await traps.reached(event, Moment.BEFORE)
    ours.write(raw)
    reply = await _reply(theirs)
    await traps.reached(event, Moment.EFFECT)
    writer.write(reply)
    await writer.drain()
    await traps.reached(event, Moment.AFTER)


def _name(words: list[bytes]) -> str:
    """A script by its name, and a change of a payment's state by the state after it; else the command."""
    command = words[0].lower().decode()
    if command not in {"evalsha", "eval"}:
        return command
    name = _NAMES.get(words[1], command)
    return f"{name}:{words[3 + int(words[2]) + _STATE_AFTER].decode()}" if name == "move" else name


async def _line(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    return line


async def _command(reader: asyncio.StreamReader) -> tuple[bytes, list[bytes]]:
    """As it was sent, and its words."""
    raw, words = [await _line(reader)], []
    for _ in range(int(raw[0][1:])):
        size = await _line(reader)
        word = await reader.readexactly(int(size[1:]) + 2)
        raw += [size, word]
        words.append(word[:-2])
    return b"".join(raw), words


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """As it was sent (RESP2)."""
    head = await _line(reader)
    if head[:1] == b"$" and head[1:2] != b"-":
        return head + await reader.readexactly(int(head[1:]) + 2)
    if head[:1] == b"*":
        return head + b"".join([await _reply(reader) for _ in range(int(head[1:]))])
    return head
