"""Servers that do on a real socket what a test tells them, byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from service.transport.pool import PoolTransport

__all__ = ["OK", "Serve", "Wire", "answering", "post", "with_server"]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Wire:
    """One connection, from the server's side; `number` counts them from 1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self._reader = reader
        self._writer = writer
        self.number = number

    async def request(self) -> bytes:
        """One whole request; raises IncompleteReadError when the client has left."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        if b"transfer-encoding" in fields:
            return head + await self._reader.readuntil(b"0\r\n\r\n")
        return head + await self._reader.readexactly(int(fields.get(b"content-length", b"0")))

    async def head(self) -> bytes:
        """The head of a request."""
        return await self._reader.readuntil(b"\r\n\r\n")

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def left(self) -> bool:
        """Waits until the client has closed the connection."""
        try:
            while await self._reader.read(65536):
                pass
        except ConnectionError:
            pass
        return True


Serve = Callable[[Wire], Awaitable[None]]


def answering(*answers: bytes) -> Serve:
    """To each request of a connection the next answer; then the server closes it."""

    async def serve(wire: Wire) -> None:
        for answer in answers:
            await wire.request()
            await wire.say(answer)

    return serve


def with_server(
    serve: Serve,
    use: Callable[[PoolTransport, str], Awaitable[Any]],
    *,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> Any:
    """What `use` gives, of a transport and the server's URL."""

    async def main() -> Any:
        numbers = iter(range(1, 100))

        async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(Wire(reader, writer, next(numbers)))
            except (asyncio.IncompleteReadError, ConnectionError):
                pass  # the client has left
            finally:
                writer.close()

        async with await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            async with PoolTransport(**{"max_connections": 4, **options}) as transport:
                url = f"https://localhost:{port}/p?q" if tls else f"http://127.0.0.1:{port}/p?q"
                return await use(transport, url)

    return asyncio.run(main())


async def post(
    transport: PoolTransport,
    url: str,
    body: bytes | AsyncIterator[bytes] = b"hello",
    headers: dict[str, str] | None = None,
    **limits_s: float,
) -> httpx.Response:
    """One POST, its response read to the end."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), 5.0) | limits_s
    request = httpx.Request("POST", url, content=body, headers=headers, extensions={"timeout": limits})
    response = await transport.handle_async_request(request)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response
