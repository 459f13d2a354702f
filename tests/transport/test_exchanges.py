"""Requests and responses as they are on the wire."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from service.transport.connection import HEAD_CAP_BYTES
from service.transport.pool import PoolTransport
from tests.transport.lines import OK, Wire, answering, post, with_server

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def test_a_request_is_sent_as_it_is() -> None:
    seen: list[bytes] = []

    async def serve(wire: Wire) -> None:
        seen.append(await wire.request())
        await wire.say(OK)

    async def use(transport: PoolTransport, url: str) -> httpx.Response:
        request = httpx.Request(
            "POST", url, headers=[("Host", "h"), ("Content-Length", "2"), ("X-A", "b: c")], content=b"hi"
        )
        return await transport.handle_async_request(request)

    assert with_server(serve, use).status_code == 200
    assert seen == [b"POST /p?q HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nX-A: b: c\r\n\r\nhi"]


def test_a_stream_of_unknown_length_is_sent_in_chunks() -> None:
    seen: list[bytes] = []

    async def serve(wire: Wire) -> None:
        seen.append(await wire.request())
        await wire.say(OK)

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"one", b"", b"three"):
            yield piece

    with_server(serve, lambda transport, url: post(transport, url, pieces()))
    assert seen[0].partition(b"\r\n\r\n")[2] == b"3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (OK, 200, b"ok"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n",
            200,
            b"hello",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy", 503, b"busy"),
    ],
)
def test_a_response_is_read_however_it_is_framed(answer: bytes, status: int, body: bytes) -> None:
    response = with_server(answering(answer), post)
    assert (response.status_code, response.content) == (status, body)


def test_headers_are_given_and_those_of_trailers_and_interim_responses_are_not() -> None:
    answer = (
        b"HTTP/1.1 103 E\r\na: 1\r\n\r\nHTTP/1.1 200 OK\r\nb: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\nc: 3\r\n\r\n"
    )
    response = with_server(answering(answer), post)
    assert response.headers.raw == [(b"b", b"2"), (b"transfer-encoding", b"chunked")]


def test_a_response_in_the_smallest_pieces_is_the_same() -> None:
    async def serve(wire: Wire) -> None:
        await wire.request()
        for at in range(len(OK)):
            await wire.say(OK[at : at + 1])
            await asyncio.sleep(0)

    assert with_server(serve, post).content == b"ok"


def test_a_large_body_arrives_whole_though_reading_pauses() -> None:
    body = bytes(range(256)) * 8_000

    async def use(transport: PoolTransport, url: str) -> bytes:
        response = await transport.handle_async_request(httpx.Request("POST", url, content=b""))
        assert isinstance(response.stream, httpx.AsyncByteStream)
        await asyncio.sleep(0.05)  # the server goes on meanwhile
        read = b"".join([piece async for piece in response.stream])
        await response.aclose()
        return read

    assert with_server(answering(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body), use) == body


def test_a_large_request_waits_for_the_server_to_read_it() -> None:
    body = b"x" * 3_000_000

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 100_000):
            yield body[at : at + 100_000]

    headers = {"content-length": str(len(body))}
    assert with_server(answering(OK), lambda transport, url: post(transport, url, pieces(), headers)).content == b"ok"


def test_a_server_that_refuses_early_is_heard() -> None:
    async def serve(wire: Wire) -> None:
        await wire.head()
        await wire.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await wire.left()

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100_000
            await asyncio.sleep(0)

    assert with_server(serve, lambda transport, url: post(transport, url, pieces())).status_code == 413


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        CHUNKED + b"5\r\nhel",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"SMTP ready\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n??",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (HEAD_CAP_BYTES + 1),
        CHUNKED + b"0\r\nx: " + b"y" * (2 * HEAD_CAP_BYTES),
    ],
)
def test_what_is_no_whole_response_is_an_error_of_the_server(answer: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        with_server(answering(answer), post)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"h"), (b"x", b"a\r\nevil: 1"), (b"content-length", b"0")],
        [(b"host", b"h"), (b"x", b"a\nevil: 1"), (b"content-length", b"0")],
        [(b"host", b"h"), (b"x\0", b"a"), (b"content-length", b"0")],
        [(b"host", b"h"), (b"x y", b"a"), (b"content-length", b"0")],
        [(b"content-length", b"0")],
        [(b"host", b"h"), (b"content-length", b"0"), (b"transfer-encoding", b"chunked")],
        [(b"host", b"h"), (b"transfer-encoding", b"gzip")],
        [(b"host", b"h"), (b"content-length", b"7")],
        [(b"host", b"h"), (b"content-length", b"-1")],
        [(b"host", b"h"), (b"content-length", b"1_0")],
    ],
)
def test_a_request_that_would_be_read_as_another_is_not_sent(headers: list[tuple[bytes, bytes]]) -> None:
    async def use(transport: PoolTransport, url: str) -> None:
        request = httpx.Request("POST", url, headers=headers, stream=httpx.ByteStream(b""))
        await transport.handle_async_request(request)

    with pytest.raises(httpx.LocalProtocolError):
        with_server(answering(OK), use)


@pytest.mark.parametrize(("method", "url"), [("HEAD", "http://127.0.0.1:1/"), ("POST", "ftp://127.0.0.1/")])
def test_what_is_not_spoken_is_refused(method: str, url: str) -> None:
    async def main() -> None:
        async with PoolTransport(max_connections=1) as transport:
            await transport.handle_async_request(httpx.Request(method, url))

    with pytest.raises(httpx.UnsupportedProtocol):
        asyncio.run(main())
