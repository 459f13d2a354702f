"""Replies of a round trip, read at once, as they come in pieces and as errors."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from service.core.errors import StoreError
from service.store.replies import RepliesParser


class _Encoder:
    decode_responses = False


class _Connection:
    """What the parser looks at."""

    encoder = _Encoder()

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._reader = stream


def read(*pieces: bytes, expected: int | None, times: int = 1) -> list[Any]:
    """What the parser gives when the pieces come one after the other, and nothing after them."""

    async def scenario() -> list[Any]:
        stream = asyncio.StreamReader()
        parser = RepliesParser(65_536)
        parser.on_connect(_Connection(stream))

        async def serve() -> None:
            for piece in pieces:
                stream.feed_data(piece)
                await asyncio.sleep(0)
            stream.feed_eof()

        serving = asyncio.create_task(serve())
        if expected is not None:
            parser.expect(expected)
        given = [await parser.read_response() for _ in range(times)]
        await serving
        return given

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    "pieces",
    [(b"+OK\r\n:7\r\n$1\r\na\r\n",), (b"+OK\r\n:7\r", b"\n$1\r\n", b"a\r\n"), (b"+", b"OK\r\n:7\r\n$1\r\na\r\n")],
)
def test_all_replies_are_given_in_their_order_however_they_come(pieces: tuple[bytes, ...]) -> None:
    assert read(*pieces, expected=3) == [[b"OK", 7, b"a"]]


def test_what_is_expected_holds_once() -> None:
    assert read(b"+a\r\n+b\r\n+c\r\n", expected=2, times=2) == [[b"a", b"b"], b"c"]


def test_without_being_told_it_reads_one() -> None:
    assert read(b"+a\r\n+b\r\n", expected=None, times=2) == [b"a", b"b"]


def test_an_error_is_in_its_place() -> None:
    [[first, error, last]] = read(b"+a\r\n-WRONGTYPE no\r\n+b\r\n", expected=3)
    assert (first, last) == (b"a", b"b")
    assert isinstance(error, StoreError)


@pytest.mark.parametrize("end", [b"", b"+b", b"-LOADING the dataset\r\n"])
def test_replies_that_do_not_come_are_no_replies(end: bytes) -> None:
    with pytest.raises(RedisConnectionError):
        read(b"+a\r\n", end, expected=2)


def test_a_connection_that_was_closed_is_not_read() -> None:
    async def scenario() -> None:
        stream = asyncio.StreamReader()
        parser = RepliesParser(65_536)
        parser.on_connect(_Connection(stream))
        stream.feed_data(b"+left over\r\n")
        parser.on_disconnect()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
        parser.expect(1)
        with pytest.raises(RedisConnectionError):
            await parser.read_response()

    asyncio.run(scenario())
