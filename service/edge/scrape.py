"""GET /metrics, on the port that the world can reach: so it asks who wants to know.

With a token set, whoever has it may read, and nobody else. Without one, only a program on the same machine may that
asks directly. A proxy on this machine looks like one, so what was forwarded, or was meant for another host's name, is
refused.
"""

import hmac
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from service.edge.http import Receive, Scope, Send, header, respond

__all__ = ["Scrape"]

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via", b"cf-connecting-ip")
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)
_OFF = b"metrics are switched off here (item 6.1); switch them on with: pulse flags enable 6.1\n"
_NOT_LOCAL = b"metrics are for this machine only; set PULSE_METRICS_TOKEN to read them from elsewhere\n"
_WRONG_TOKEN = b"metrics need the bearer token that is set as PULSE_METRICS_TOKEN\n"


class Scrape:
    """`figures` gives the text, None where metrics are switched off; `token` "" means that none is set."""

    def __init__(self, figures: Callable[[], bytes | None], *, token: str, content_type: bytes) -> None:
        self._figures = figures
        self._token = token.encode()
        self._content_type = content_type

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """One request."""
        if self._token and not self._knows_token(scope):
            await respond(send, 401, _WRONG_TOKEN, headers=_CHALLENGE)
        elif not self._token and not _is_local(scope):
            await respond(send, 403, _NOT_LOCAL)
        elif (figures := self._figures()) is None:
            await respond(send, 404, _OFF)
        else:
            await respond(send, 200, figures, self._content_type)

    def _knows_token(self, scope: Scope) -> bool:
        scheme, _, token = (header(scope, b"authorization") or b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


def _is_local(scope: Scope) -> bool:
    if any(header(scope, name) is not None for name in _FORWARDED):
        return False
    peer = scope.get("client")
    return peer is not None and _is_loopback(str(peer[0])) and _names_this_machine(header(scope, b"host") or b"")


def _names_this_machine(host: bytes) -> bool:
    """A page in a browser here can be led to this address, but not under this name."""
    name = host.decode("latin-1")
    name = name[1 : name.find("]")] if name.startswith("[") else name.partition(":")[0]
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None  # of a socket that hears both
    return (mapped or parsed).is_loopback
