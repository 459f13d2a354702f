"""What a command answers, and how that looks on the wire in RESP2 and RESP3."""

from collections.abc import Callable, Sequence
from typing import Any

__all__ = [
    "OK",
    "ByKey",
    "Pairs",
    "Reply",
    "ReplyError",
    "Status",
    "Unordered",
    "Wire",
    "double_text",
    "encode",
    "syntax_error",
    "wrong_type",
]

Reply = Any
"""None, int, float, bytes, list, dict, or one of the classes below; nested as deep as needed."""

_RESP3 = 3


class Status(bytes):
    """A simple string such as OK."""

    __slots__ = ()


class Wire(bytes):
    """A reply that is already encoded for its client."""

    __slots__ = ()


class Unordered(list[Any]):
    """Members of a set."""

    __slots__ = ()


class Pairs(list[tuple[bytes, float]]):
    """Members with scores: a list of pairs in RESP3, one flat list in RESP2."""

    __slots__ = ()


class ByKey(list[tuple[bytes, Any]]):
    """Results by key: a map in RESP3, a list of pairs in RESP2."""

    __slots__ = ()


class ReplyError(Exception):
    """A command's error reply, such as `WRONGTYPE ...`; may also stand as an item of a reply."""


OK = Status(b"OK")


def syntax_error() -> ReplyError:
    """The reply to arguments that do not fit the command."""
    return ReplyError("ERR syntax error")


def wrong_type() -> ReplyError:
    """The reply to, say, GET of a list."""
    return ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value")


def double_text(value: float) -> bytes:
    """A score as the server prints it: as short as it can be read back, whole numbers without a point."""
    if value.is_integer() and abs(value) < 1e17:  # noqa: PLR2004 - from there on the server uses an exponent
        return b"%d" % value
    return repr(value).replace("e-0", "e-").encode()


def encode(reply: Reply, protocol: int) -> bytes:
    """The reply as bytes of RESP2 or RESP3."""
    if reply is None:
        return b"_\r\n" if protocol == _RESP3 else b"$-1\r\n"
    return _ENCODERS[type(reply)](reply, protocol)


def _bulk(reply: bytes, _: int) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(reply), reply)


def _integer(reply: int, _: int) -> bytes:
    return b":%d\r\n" % reply


def _double(reply: float, protocol: int) -> bytes:
    text = double_text(reply)
    return b",%b\r\n" % text if protocol == _RESP3 else _bulk(text, protocol)


def _array(reply: Sequence[Reply], protocol: int) -> bytes:
    return b"*%d\r\n%b" % (len(reply), b"".join([encode(item, protocol) for item in reply]))


def _set(reply: Unordered, protocol: int) -> bytes:
    body = b"".join([encode(item, protocol) for item in reply])
    return b"%b%d\r\n%b" % (b"~" if protocol == _RESP3 else b"*", len(reply), body)


def _map(reply: dict[bytes, Reply], protocol: int) -> bytes:
    body = b"".join([encode(item, protocol) for pair in reply.items() for item in pair])
    return b"%%%d\r\n%b" % (len(reply), body) if protocol == _RESP3 else b"*%d\r\n%b" % (2 * len(reply), body)


def _pairs(reply: Pairs, protocol: int) -> bytes:
    if protocol == _RESP3:
        return _array([list(pair) for pair in reply], protocol)
    return _array([item for pair in reply for item in pair], protocol)


def _by_key(reply: ByKey, protocol: int) -> bytes:
    if protocol == _RESP3:
        return b"%%%d\r\n%b" % (len(reply), b"".join([encode(item, 3) for pair in reply for item in pair]))
    return _array([list(pair) for pair in reply], protocol)


def _error(reply: ReplyError, _: int) -> bytes:
    return b"-%b\r\n" % str(reply).replace("\r", " ").replace("\n", " ").encode("utf-8", "surrogateescape")


_ENCODERS: dict[type, Callable[[Any, int], bytes]] = {
    bytes: _bulk,
    int: _integer,
    float: _double,
    list: _array,
    dict: _map,
    Status: lambda reply, _: b"+%b\r\n" % reply,
    Wire: lambda reply, _: reply,
    Unordered: _set,
    Pairs: _pairs,
    ByKey: _by_key,
    ReplyError: _error,
}
