"""A server that may forget is refused, with what to change; one that cannot be asked is told apart."""

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis

from service.core.errors import ConfigError, StoreError, StoreUnavailable
from service.store import embedded_process
from service.store.clients import shared_client
from service.store.commands import Command
from service.store.durability import REQUIRED, require_durable
from service.store.embedded import embedded
from service.store.one_by_one import OneByOne


def ask(url: str) -> bool:
    async def main() -> bool:
        client = shared_client(url)
        try:
            return await require_durable(OneByOne(client))
        finally:
            await client.close()

    return asyncio.run(main())


class Configured:
    """A Run over a server with this configuration."""

    def __init__(self, **found: str) -> None:
        self.found = {name: found.get(name.replace("-", "_"), value) for name, value in REQUIRED.items()}
        self.error: Exception | None = None

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        if self.error is not None:
            raise self.error
        names = [str(name) for _, _, name in commands]
        return [[name.encode(), self.found[name].encode()] if name in self.found else [] for name in names]


def test_a_server_that_keeps_what_it_acknowledged_is_accepted() -> None:
    assert asyncio.run(require_durable(Configured())) is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("appendfsync", "no"),
        ("maxmemory-policy", "allkeys-lru"),
        ("maxmemory-policy", "volatile-ttl"),
    ],
)
def test_one_that_may_forget_is_refused_with_what_to_change(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        asyncio.run(require_durable(Configured(**{name.replace("-", "_"): value})))
    said = str(refused.value)
    assert f"({name} {value})" in said
    assert f"CONFIG SET {name} {REQUIRED[name]}" in said
    assert "REDIS_DURABILITY=any" in said
    assert [other for other in REQUIRED if other != name and other in said] == []


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        asyncio.run(
            require_durable(
                Configured(
                    appendonly="no",
                    appendfsync="everysec",
                    no_appendfsync_on_rewrite="yes",
                    maxmemory_policy="allkeys-lru",
                )
            )
        )
    for name, value in REQUIRED.items():
        assert f"CONFIG SET {name} {value}" in str(refused.value)


def test_one_that_refuses_the_question_cannot_be_judged() -> None:
    server = Configured()
    server.error = StoreError("NOPERM")
    assert asyncio.run(require_durable(server)) is False


@pytest.mark.parametrize("name", REQUIRED)
def test_one_that_does_not_know_a_setting_cannot_be_judged(name: str) -> None:
    server = Configured()
    del server.found[name]
    assert asyncio.run(require_durable(server)) is False


def test_one_that_cannot_be_reached_is_an_error() -> None:
    server = Configured()
    server.error = StoreUnavailable("nobody there")
    with pytest.raises(StoreUnavailable):
        asyncio.run(require_durable(server))


@pytest.mark.real
def test_a_real_server_that_syncs_once_a_second_is_refused(store_url: str) -> None:
    with pytest.raises(ConfigError, match=r"appendfsync everysec.*CONFIG SET appendfsync always"):
        ask(store_url)


@pytest.mark.real
def test_a_real_server_becomes_acceptable_by_what_the_message_says(tmp_path: Path) -> None:
    async def scene() -> tuple[str, bool]:
        async with embedded(tmp_path, durable=False) as server:
            client = shared_client(server.url)
            run = OneByOne(client)
            try:
                with pytest.raises(ConfigError) as refused:
                    await require_durable(run)
                said = str(refused.value)
                [command] = re.findall(r"CONFIG SET \S+ \w+", said)
                await run([tuple(command.split())])
                return said, await require_durable(run)
            finally:
                await client.close()

    said, accepted = asyncio.run(scene())
    assert "set it right (CONFIG SET appendfsync always)" in said
    assert accepted is True


@pytest.mark.real
def test_our_own_durable_server_is_acceptable(tmp_path: Path) -> None:
    async def scene() -> bool:
        async with embedded(tmp_path) as server:
            return await asyncio.to_thread(ask, server.url)

    assert asyncio.run(scene()) is True


@pytest.fixture
def shy_url(store_url: str) -> Iterator[str]:
    """The server for a user who may not ask for its configuration."""
    with redis.Redis.from_url(store_url) as client:
        client.execute_command("ACL", "SETUSER", "shy", "on", ">pw", "~*", "&*", "+@all", "-config")
        yield f"{store_url.replace('unix://', 'unix://shy:pw@')}"
        client.execute_command("ACL", "DELUSER", "shy")


@pytest.mark.real
def test_a_real_server_may_not_let_its_users_ask(shy_url: str) -> None:
    assert ask(shy_url) is False


@pytest.mark.real
def test_a_real_server_may_not_know_the_question(tmp_path: Path) -> None:
    socket = tmp_path / "s.sock"
    options = embedded_process.server_arguments(tmp_path, socket, durable=False)
    with (tmp_path / "held").open("w") as held:
        server = embedded_process.start(
            embedded_process.server_binary(),
            [*options, "--rename-command", "CONFIG", ""],
            tmp_path / "log",
            held.fileno(),
        )
    with server:
        try:
            wait_for(server, socket)
            assert ask(f"unix://{socket}") is False
        finally:
            asyncio.run(embedded_process.stop(server))


def wait_for(server: "subprocess.Popen[bytes]", socket: Path, patience_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + patience_s
    while not socket.exists():
        assert server.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
