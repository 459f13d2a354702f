"""A webhook on a socket that answers with statuses from a list, and a sandbox that has heard what it is told."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Responder:
    """`statuses` are answered one after the other, 200 when there are none left; 0 breaks the connection.

    `on_message` is called with each message that was accepted.
    """

    def __init__(self, statuses: list[int], on_message: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.statuses = statuses
        self.requests: list[bytes] = []
        self.replies: list[tuple[int, str, float, list[dict[str, str]]]] = []
        self.on_message = on_message
        self.url = ""

    @property
    def texts(self) -> list[str]:
        return [str(message["text"]["body"]) for message in self.messages if "text" in message]

    @property
    def messages(self) -> list[dict[str, Any]]:
        bodies = [request.partition(b"\r\n\r\n")[2] for request in self.requests]
        return [msgspec.json.decode(body)["entry"][0]["changes"][0]["value"]["messages"][0] for body in bodies]

    def reply(self, about: str, received_at: float, buttons: list[dict[str, str]] | None = None) -> None:
        """The bot has answered."""
        self.replies.append((len(self.replies) + 1, about, received_at, buttons or []))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if not self.answer(head + body, writer):
                    return
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def answer(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        if request.startswith(b"GET /sandbox/answers"):
            after = int(request.split(b"after=")[1].split()[0])
            _write(writer, 200, msgspec.json.encode({"answers": self.replies[after:], "next": len(self.replies)}))
            return True
        if request.startswith(b"POST /sandbox/invoice"):
            _write(writer, 200, b'{"payment_request":"lnbc1"}')
            return True
        status = self.statuses.pop(0) if self.statuses else 200
        if status:
            self.requests.append(request)
            _write(writer, status, b"")
        if status == 200:
            self.on_message(self.messages[-1])
        return bool(status)


def _write(writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)


@asynccontextmanager
async def responding(responder: Responder) -> AsyncIterator[Responder]:
    server = await asyncio.start_server(responder.serve, "127.0.0.1", 0)
    async with server:
        responder.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield responder
