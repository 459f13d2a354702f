"""A link whose round trips end when the test says so."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar
from typing import Any, cast

import hiredis

from service.core.errors import StoreError
from service.store.commands import Command, Run
from service.store.pipelined import Pipelined
from tests.store.kit import Nursery

message: ContextVar[str] = ContextVar("message", default="none")


def words(command: bytes) -> list[bytes]:
    """Of a command as it is sent."""
    reader = hiredis.Reader()
    reader.feed(command)
    return cast("list[bytes]", reader.gets())


class FakeLink:
    """Echoes each command's second word; with `held`, a round trip waits for `release`."""

    def __init__(self, connections: int = 1, *, held: bool = False) -> None:
        self.connections = connections
        self.batches: list[list[bytes]] = []
        self.messages: list[str] = []
        self.error: BaseException | None = None
        self._held = held
        self._gates: list[asyncio.Event] = []

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        said = [words(command) for command in commands]
        self.batches.append([command[-1] for command in said])
        self.messages.append(message.get())
        if self._held:
            gate = asyncio.Event()
            self._gates.append(gate)
            await gate.wait()
        if self.error:
            raise self.error
        return [StoreError("no") if command[0] == b"FAIL" else command[-1] for command in said]

    def release(self) -> None:
        self._gates.pop(0).set()


def play(link: FakeLink, scenario: Callable[[Run], Coroutine[Any, Any, None]], max_waiting: int = 1000) -> None:
    async def run() -> None:
        nursery = Nursery()
        try:
            await scenario(Pipelined(link, nursery, max_waiting=max_waiting))
        finally:
            await nursery.close()

    asyncio.run(run())


def echo(*words: str) -> list[Command]:
    return [("ECHO", word) for word in words]


def start(run: Run, *words: str) -> asyncio.Future[list[Any]]:
    return asyncio.ensure_future(run(echo(*words)))


async def turns(count: int = 5) -> None:
    """Lets everything run that does not wait for a round trip."""
    for _ in range(count):
        await asyncio.sleep(0)
