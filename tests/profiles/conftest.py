"""The simulated server beside a real one."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import hiredis
import pytest
from redis.connection import parse_url

from profiles.simredis.server import DataServer
from profiles.simredis.session import Session

Argv = list[bytes]


class Exchange(NamedTuple):
    """A command, and what each server said to it; an error is a tuple of "error" and its text."""

    protocol: int
    command: Argv
    real: Any
    simulated: Any


@pytest.fixture
def ask_both(store_url: str) -> Callable[[list[Argv]], list[Exchange]]:
    """Sends commands to both servers, emptied first, in RESP2 and then in RESP3."""
    path = Path(parse_url(store_url)["path"])  # type: ignore[no-untyped-call]  # redis-py does not annotate it

    def ask(commands: list[Argv]) -> list[Exchange]:
        exchanges = []
        for protocol in (2, 3):
            prelude = [[b"HELLO", b"%d" % protocol], [b"FLUSHALL"], [b"SCRIPT", b"FLUSH"]]
            replies = zip(_real(path, prelude + commands), _simulated(prelude + commands), strict=True)
            exchanges += [
                Exchange(protocol, command, *pair)
                for command, pair in zip(commands, list(replies)[len(prelude) :], strict=True)
            ]
        return exchanges

    return ask


def _real(path: Path, commands: list[Argv]) -> list[Any]:
    parser = hiredis.Reader(replyError=RuntimeError, notEnoughData=False)
    replies: list[Any] = []
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(b"".join(_packed(argv) for argv in commands))
        while len(replies) < len(commands):
            reply = parser.gets()
            if reply is False:
                parser.feed(client.recv(65536))
            else:
                replies.append(_plain(reply))
    return replies


def _simulated(commands: list[Argv]) -> list[Any]:
    session, parser = Session(DataServer(time.time)), hiredis.Reader(replyError=RuntimeError, notEnoughData=False)
    for argv in commands:
        parser.feed(session.feed(_packed(argv)))
    return [_plain(parser.gets()) for _ in commands]


def _packed(argv: Argv) -> bytes:
    words = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in argv)
    return b"*%d\r\n%b" % (len(argv), words)


def _plain(reply: Any) -> Any:
    if isinstance(reply, Exception):
        return "error", str(reply)
    return [_plain(item) for item in reply] if isinstance(reply, list) else reply
