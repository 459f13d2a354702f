"""Item 3.3 on: commands that are issued in the same turn of the loop share a round trip, whoever issued them.

While the connections are busy, what is issued meanwhile waits and leaves together when one of them is free.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from typing import Any, NamedTuple

from service.core.errors import StoreError, StoreUnavailable
from service.ports import Spawn
from service.store.commands import Command, Link, packed

__all__ = ["MAX_BATCH", "MAX_WAITING", "Pipelined"]

MAX_BATCH = 128
"""Commands in one round trip; one call that brings more is not divided."""

MAX_WAITING = 10_000
"""Commands that wait for a round trip; further ones are refused."""


class _Call(NamedTuple):
    """Commands of one caller, and where the replies go."""

    commands: list[bytes]
    done: asyncio.Future[list[Any]]


class Pipelined:
    """Implements Run.

    Round trips run in tasks of their own, so a caller that is cancelled takes nothing from the others: its commands
    are left out where they were not sent yet, and its replies are dropped.
    """

    def __init__(self, link: Link, spawn: Spawn, *, max_waiting: int = MAX_WAITING) -> None:
        self._link = link
        self._spawn = spawn
        self._max_waiting = max_waiting
        self._waiting: deque[_Call] = deque()
        self._commands = 0
        self._due = False
        self._senders = 0

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        """As Run."""
        if not commands:
            return []
        if self._commands + len(commands) > self._max_waiting:
            raise StoreUnavailable(f"{self._commands} commands are waiting for the store")
        loop = asyncio.get_running_loop()
        call = _Call([packed(command) for command in commands], loop.create_future())
        self._waiting.append(call)
        self._commands += len(commands)
        if not self._due:
            self._due = True
            # In an empty context: a round trip belongs to no message, whoever was the first to ask for it.
            loop.call_soon(self._start, context=Context())
        return await call.done

    def _start(self) -> None:
        self._due = False
        if not self._waiting or self._senders >= self._link.connections:
            return  # a sender that is on its way looks again when it is back
        try:
            self._spawn(self._send(), name="store-pipeline")
        except RuntimeError as error:
            _fail(self._take_all(), str(error))

    async def _send(self) -> None:
        """Round trips, for as long as something waits for one."""
        self._senders += 1
        try:
            while batch := self._take():
                self._start()  # what is left needs another connection
                await self._perform(batch)
        except BaseException as error:
            _fail(self._take_all(), f"the pipeline was stopped: {type(error).__name__}")
            raise
        finally:
            self._senders -= 1

    async def _perform(self, batch: list[_Call]) -> None:
        try:
            replies = await self._link.ask([command for call in batch for command in call.commands])
        except StoreError as error:
            _fail(batch, str(error))
        except BaseException as error:
            _fail(batch, f"the pipeline was stopped: {type(error).__name__}")
            raise
        else:
            _answer(batch, replies)

    def _take(self) -> list[_Call]:
        """The next calls, up to a full batch; a call that nobody waits for any more is left out."""
        batch: list[_Call] = []
        size = 0
        while self._waiting:
            call = self._waiting[0]
            count = len(call.commands)
            if batch and size + count > MAX_BATCH:
                break
            self._waiting.popleft()
            self._commands -= count
            if not call.done.done():
                batch.append(call)
                size += count
        return batch

    def _take_all(self) -> list[_Call]:
        calls = list(self._waiting)
        self._waiting.clear()
        self._commands = 0
        return calls


def _answer(batch: list[_Call], replies: list[Any]) -> None:
    position = 0
    for call in batch:
        mine = replies[position : position + len(call.commands)]
        position += len(call.commands)
        if call.done.done():
            continue
        for reply in mine:  # not by `any` or `next`: what they would ask takes longer than all of this
            if isinstance(reply, StoreError):
                _raise(call, reply)
                break
        else:
            call.done.set_result(mine)


def _fail(batch: list[_Call], reason: str) -> None:
    for call in batch:
        if not call.done.done():
            _raise(call, StoreUnavailable(reason))


def _raise(call: _Call, error: StoreError) -> None:
    call.done.set_exception(error)
    call.done.exception()  # seen: a caller that was cancelled at this very moment never looks, and asyncio would log it
