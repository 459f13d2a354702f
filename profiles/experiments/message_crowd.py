"""Who writes to a bot as fast as it answers, and the WhatsApp that takes its replies: both in this process.

A closed loop: at most so many messages are under way, and the next is sent when the reply to one has come. What the
generator costs is not the bot's: it sends bytes that were made before, and reads no more than it must.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httptools
import msgspec

from service.core.errors import PulseError
from service.sandbox.webhooks import SIGNATURE_HEADER, sign, text_message, webhook_body

__all__ = ["Letter", "LettersLostError", "Mailbox", "letters", "mailbox", "say"]

_ANSWER_S = 30.0
_PATH = "/webhook/whatsapp"


class LettersLostError(PulseError):
    """A message was refused, or had no reply in time."""


class Letter(NamedTuple):
    """A message by its id, and the whole request that delivers it."""

    id: str
    request: bytes


def letters(
    texts: Sequence[tuple[str, str]], *, label: str, phone_number_id: str, secret: str, port: int
) -> list[Letter]:
    """A letter for each sender and text, in their order."""
    made: list[Letter] = []
    for number, (sender, text) in enumerate(texts):
        message = text_message(sender, text, message_id=f"wamid.{label}.{number}", sent_at_s=time.time())
        body = webhook_body([message], phone_number_id=phone_number_id)
        head = (
            f"POST {_PATH} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
            f"{SIGNATURE_HEADER}: {sign(body, secret)}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        made.append(Letter(message.id, head.encode() + body))
    return made


class _Reply(msgspec.Struct):
    biz_opaque_callback_data: str = ""


_REPLY = msgspec.json.Decoder(_Reply)


class Mailbox:
    """Takes the bot's replies at `url`, and tells who waits for them."""

    def __init__(self) -> None:
        self.url = ""
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def expect(self, message_id: str) -> asyncio.Future[None]:
        """Done when the first reply to this message has come."""
        future = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        return future

    def take(self, body: bytes) -> None:
        """One reply."""
        future = self._waiting.pop(_REPLY.decode(body).biz_opaque_callback_data, None)
        if future is not None and not future.done():
            future.set_result(None)


class _Counter(asyncio.Protocol):
    """One of the bot's connections: every POST is a reply, and is taken."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """The parser has met a request."""
        self._body = b""

    def on_body(self, body: bytes) -> None:
        """The parser has met a part of a body."""
        self._body += body

    def on_message_complete(self) -> None:
        """The parser has met the end of a request."""
        self._transport.write(_TAKEN)
        self._mailbox.take(self._body)


_ANSWER = b'{"messaging_product":"whatsapp","messages":[{"id":"wamid.out"}]}'
_TAKEN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(_ANSWER), _ANSWER)


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A WhatsApp that takes everything at once."""
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: _Counter(box), "127.0.0.1", 0)
    box.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None


async def say(post: Sequence[Letter], *, port: int, at_once: int, box: Mailbox | None) -> float:
    """Sends the letters, and gives the seconds until all replies are there, or without a box all acknowledgements.

    Raises LettersLostError.
    """
    begin_s, left = time.monotonic(), iter(post)

    async def one_after_the_other() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for letter in left:
                reply = box.expect(letter.id) if box else None
                await _deliver(letter, reader, writer)
                if reply is not None:
                    await reply
        finally:
            writer.close()

    try:
        async with asyncio.timeout(_ANSWER_S + len(post) / 20), asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_after_the_other())
    except TimeoutError:
        raise LettersLostError("a message had no reply in time") from None
    return time.monotonic() - begin_s


async def _deliver(letter: Letter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(letter.request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise LettersLostError(f"a message was refused: {head.partition(chr(13).encode())[0].decode()}")
    await reader.readexactly(_content_length(head))


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r")[0] or 0)
