"""Between the bot and its store: passes one command at a time, and its reply, so that each can be a marked point."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from service.store import inbox, outbox, payments
from tests.crash.traps import CutError, Event, Moment, Traps

__all__ = ["Proxy"]

_SCRIPTS = (
    ("accept", inbox.ACCEPT),
    ("finish", outbox.FINISH),
    ("propose", payments.PROPOSE),
    ("move", payments.CONFIRM),
    ("move", payments.MOVE),
)
_NAMES = {word.encode(): name for name, one in _SCRIPTS for word in (one.sha, one.text)}
_STATE_AFTER = 3  # which argument of a move it is


class Proxy:
    """`heard` is called before a reply of the store is passed on; `under_way` counts commands without a reply yet."""

    def __init__(self, upstream: Path, traps: Traps, heard: Callable[[], None]) -> None:
        self.under_way = 0
        self._upstream = upstream
        self._traps = traps
        self._heard = heard

    @contextlib.asynccontextmanager
    async def listening(self, on: Path) -> AsyncIterator[None]:
        """Serves that socket. The store need not be there all the time."""
        server = await asyncio.start_unix_server(self._serve, on)
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, CutError), contextlib.closing(writer):
            theirs, ours = await asyncio.open_unix_connection(self._upstream)
            watch = asyncio.create_task(_end_with(theirs, writer))
            try:
                while True:
                    await self._pass_one(reader, writer, theirs, ours)
            finally:
                watch.cancel()
                ours.close()

    async def _pass_one(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        theirs: asyncio.StreamReader,
        ours: asyncio.StreamWriter,
    ) -> None:
        """Raises EOFError or OSError when a side has ended, CutError when a trap wants it."""
        raw, words = await _command(reader)
        event = Event(_name(words), raw)
        await self._traps.reached(event, Moment.BEFORE)
        ours.write(raw)
        self.under_way += 1
        try:
            reply = await _reply(theirs)
        finally:
            self.under_way -= 1
        await self._traps.reached(event, Moment.EFFECT)
        self._heard()
        writer.write(reply)
        await writer.drain()
        await self._traps.reached(event, Moment.AFTER)


async def _end_with(theirs: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes the bot's side when the store's has ended, also while nothing passes."""
    while not theirs.at_eof():  # noqa: ASYNC110 - a StreamReader has no event for it
        await asyncio.sleep(0.01)
    writer.close()


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
