"""A request's head as it is on the wire."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import httpx

from service.transport.dial import Origin

__all__ = ["Head", "head_of"]

_PORTS = {"http": 80, "https": 443}
_UNSUPPORTED = frozenset({"HEAD", "CONNECT"})  # their responses are framed in other ways
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_REMEMBERED = 64  # sets of names, and hosts: the bot's requests are of a few kinds, to two of them


class Head(NamedTuple):
    """Where a request goes, its first lines, and how long it says that its body is; None for one in chunks."""

    origin: Origin
    data: bytes
    body_bytes: int | None


def head_of(request: httpx.Request) -> Head:
    """The head, with the headers as they are.

    Raises:
        httpx.UnsupportedProtocol: a scheme or a method that is not spoken here.
        httpx.LocalProtocolError: what would be read as something else than it is meant, such as a header with a line
            break in it.
    """
    url, fields = request.url, request.headers.raw
    origin = _origin(request.method, url.scheme, url.host, url.port)
    target = url.raw_path
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target)]
    lines += [name + b": " + value for name, value in fields]
    data = b"\r\n".join(lines)
    known = {name.lower(): value for name, value in fields}
    _check(data, target, tuple(known), len(fields))
    return Head(origin, data + b"\r\n\r\n", _body_bytes(known))


@lru_cache(_REMEMBERED)
def _origin(method: str, scheme: str, host: str, own_port: int | None) -> Origin:
    port = own_port or _PORTS.get(scheme)
    if port is None or scheme not in _PORTS or method in _UNSUPPORTED:
        raise httpx.UnsupportedProtocol(f"{method} to a URL of scheme {scheme!r}")
    return Origin(host, port, host if scheme == "https" else None)


def _check(data: bytes, target: bytes, names: tuple[bytes, ...], fields: int) -> None:
    """No line but ours, and each of them what it is taken for."""
    if data.count(b"\r") != fields or data.count(b"\n") != fields or b"\0" in data or b" " in target:
        raise httpx.LocalProtocolError("a request's head has a line break or a space where it may not")
    if not _are_names_of_a_head(names):
        raise httpx.LocalProtocolError("a request's head has no host, or a name that is none")


@lru_cache(_REMEMBERED)
def _are_names_of_a_head(names: tuple[bytes, ...]) -> bool:
    return b"host" in names and all(map(_NAME.fullmatch, names))


def _body_bytes(known: Mapping[bytes, bytes]) -> int | None:
    length, coding = known.get(b"content-length"), known.get(b"transfer-encoding")
    if coding is None and (length is None or length.isdigit()):
        return int(length or b"0")
    if length is not None or coding is None or coding.lower() != b"chunked":
        raise httpx.LocalProtocolError("a request's body has no length, or two")
    return None
