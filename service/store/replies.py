"""Replies from a connection of redis-py, those of a whole round trip at once."""

from typing import Any

from redis._parsers import _AsyncHiredisParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from service.store.faults import as_store_error

__all__ = ["RepliesParser"]


class RepliesParser(_AsyncHiredisParser):
    """redis-py's parser, which reads as many replies at once as it was told to.

    One by one, each reply passes through four coroutines of redis-py, which takes several times as long as reading it.
    """

    __slots__ = ("_expected", "_nothing")

    _reader: Any  # hiredis' own, once there is a connection

    def __init__(self, socket_read_size: int) -> None:
        """As redis-py's."""
        super().__init__(socket_read_size)
        self._expected: int | None = None

    def expect(self, count: int) -> None:
        """What is read next are so many replies, as a list. Said right before it is read; it holds once."""
        self._expected = count

    def on_connect(self, connection: Any) -> None:
        """As redis-py's."""
        super().on_connect(connection)  # type: ignore[no-untyped-call]  # redis-py does not annotate it
        self._nothing = self._reader.gets()  # what the reader says when no reply is complete

    async def read_response(self, disable_decoding: bool = False, push_request: bool = False) -> Any:  # noqa: FBT001, FBT002 - redis-py's signature
        """The replies that are expected, a StoreError in the place of each that is an error; else one, as redis-py's.

        Raises redis-py's ConnectionError for an error after which the connection is of no use, as redis-py's does.
        """
        count, self._expected = self._expected, None
        if count is None:
            return await super().read_response(disable_decoding, push_request)
        if not self._connected:
            raise RedisConnectionError("the connection was closed")
        replies: list[Any] = []
        for _ in range(count):
            while (reply := self._reader.gets()) is self._nothing:
                await self.read_from_socket()  # type: ignore[no-untyped-call]  # redis-py does not annotate it
            replies.append(_usable(reply) if isinstance(reply, RedisError) else reply)
        return replies


def _usable(error: RedisError) -> Exception:
    if isinstance(error, RedisConnectionError):
        raise error
    return as_store_error(error)
