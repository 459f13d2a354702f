"""Opens connections: every address of a name has its chance, and none of them holds up the others.

Addresses are tried one after the other, each a quarter of a second after the one before, or as soon as that has
failed; the families take turns. The first that answers wins (RFC 8305, "Happy Eyeballs Version 2").
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from itertools import chain, zip_longest
from typing import Any, NamedTuple

import httpx

from service.transport.connection import Connection

__all__ = ["STAGGER_S", "Address", "Origin", "Resolve", "dial", "in_turns"]

STAGGER_S = 0.25

Address = tuple[int, tuple[str, int] | tuple[str, int, int, int]]
"""A socket's family, and what to connect it to."""

Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""The addresses of a name. Raises OSError."""


class Origin(NamedTuple):
    """Where a connection leads; `tls_name` is the name that its certificate must have, None without TLS."""

    host: str
    port: int
    tls_name: str | None


async def dial(
    origin: Origin, context: ssl.SSLContext | None, timeout_s: float | None, *, resolve: Resolve | None = None
) -> Connection:
    """An open connection, TLS included. Raises httpx.ConnectTimeout and httpx.ConnectError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            opened = await _first(loop, await (resolve or _resolve)(origin.host, origin.port))
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(loop), sock=opened, ssl=context, server_hostname=origin.tls_name
                )
            except BaseException:
                opened.close()
                raise
    except TimeoutError:
        raise httpx.ConnectTimeout(f"no connection to {origin.host} in time") from None
    except (OSError, UnicodeError) as error:  # that of TLS is the one, of a name that cannot be one the other
        raise httpx.ConnectError(f"no connection to {origin.host}: {error}") from error
    return connection


async def _resolve(host: str, port: int) -> list[Address]:
    return in_turns(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


def in_turns(found: Iterable[tuple[Any, ...]]) -> list[Address]:
    """What `getaddrinfo` gives, in its order but with the families in turns."""
    by_family: dict[int, list[Address]] = {}
    for family, _, _, _, address in found:
        by_family.setdefault(family, []).append((family, address))
    return [one for one in chain.from_iterable(zip_longest(*by_family.values())) if one is not None]


async def _first(loop: asyncio.AbstractEventLoop, addresses: list[Address]) -> socket.socket:
    """The socket that was connected first. Raises the OSError of the last one when none was."""
    waiting = addresses[::-1]
    trials: set[asyncio.Task[socket.socket]] = set()
    error = OSError("the name has no address")
    try:
        while waiting or trials:
            if waiting:
                trials.add(loop.create_task(_open(loop, waiting.pop()), name="dial"))
            done, _ = await asyncio.wait(
                trials, timeout=STAGGER_S if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for trial in done:
                trials.discard(trial)
                failure = trial.exception()
                if failure is None:
                    return trial.result()
                error = failure if isinstance(failure, OSError) else error
    finally:
        for trial in trials:
            trial.add_done_callback(_close)
            trial.cancel()
    raise error


async def _open(loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
    family, where = address
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setblocking(False)  # noqa: FBT003 - the standard library's signature
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(opened, where)
    except BaseException:
        opened.close()
        raise
    return opened


def _close(trial: "asyncio.Task[socket.socket]") -> None:
    """One that was connected too late."""
    if not trial.cancelled() and trial.exception() is None:
        trial.result().close()
