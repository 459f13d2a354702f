"""One command is sent once, whatever becomes of its reply: only who knows what it does may send it again."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection

from service.core.errors import StoreUnavailable
from service.store.clients import POOLED, SHARED, Client, Limits, pooled_client, shared_client
from service.store.commands import Command
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from tests.store.kit import Nursery

SENT = b"*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"
COMMAND: list[Command] = [("INCR", "a")]
CUTS = {"at once": b"", "after half a reply": b":", "after a length": b"$5\r\nab", "after nonsense": b"?!\r\n"}
CLIENTS: dict[str, tuple[Callable[..., Client], Limits]] = {
    "shared": (shared_client, SHARED),
    "pooled": (pooled_client, POOLED),
}


class Cutting:
    """A server that takes commands, says something or nothing, and hangs up; or never does."""

    def __init__(self, path: Path, says: bytes, *, hangs_up: bool = True) -> None:
        self.url = f"unix://{path / 'store.sock'}"
        self.received: list[bytes] = []
        self._path = path / "store.sock"
        self._says = says
        self._hangs_up = hangs_up

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received.append(await reader.read(1000))
        writer.write(self._says)
        if not self._hangs_up:
            self.received.append(await reader.read())
        writer.close()

    def play(self, scenario: Callable[[], Any]) -> None:
        async def main() -> None:
            async with await asyncio.start_unix_server(self, self._path):
                await scenario()

        asyncio.run(main())

    def commands(self) -> bytes:
        return b"".join(self.received)


async def fails(client: Client, *, pipelined: bool, commands: Sequence[Command] = COMMAND) -> None:
    nursery = Nursery()
    run = Pipelined(client, nursery) if pipelined else OneByOne(client)
    try:
        with pytest.raises(StoreUnavailable):
            await run(commands)
    finally:
        await nursery.close()
        await client.close()


@pytest.mark.parametrize("pipelined", [False, True], ids=["one by one", "pipelined"])
@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("cut", CUTS)
def test_a_command_whose_reply_is_cut_off_is_sent_once(tmp_path: Path, cut: str, name: str, *, pipelined: bool) -> None:
    server = Cutting(tmp_path, CUTS[cut])
    make, _ = CLIENTS[name]
    server.play(lambda: fails(make(server.url), pipelined=pipelined))
    assert server.commands() == SENT


@pytest.mark.parametrize("pipelined", [False, True], ids=["one by one", "pipelined"])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_command_whose_reply_is_late_is_sent_once(tmp_path: Path, name: str, *, pipelined: bool) -> None:
    server = Cutting(tmp_path, b"", hangs_up=False)
    make, limits = CLIENTS[name]
    impatient = Limits(connections=limits.connections, answer_s=0.05)
    server.play(lambda: fails(make(server.url, None, impatient), pipelined=pipelined))
    assert server.commands() == SENT


def test_a_client_that_does_send_again_is_noticed(tmp_path: Path) -> None:
    server = Cutting(tmp_path, b"")

    async def scenario() -> None:
        path = server.url.removeprefix("unix://")
        async with redis.asyncio.Redis(
            unix_socket_path=path, retry=Retry(NoBackoff(), 2), protocol=2, driver_info=None
        ) as client:
            with pytest.raises(NoConnection):
                await client.incr("a")

    server.play(scenario)
    assert server.commands().count(b"INCR") == 3
