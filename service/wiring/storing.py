"""How commands reach the store."""

from collections.abc import Callable, Sequence
from typing import Any

from service.core.errors import StoreError
from service.ports import Clock, Spawn
from service.store.commands import Command, Link, Run
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from service.switching import switched

__all__ = ["answers", "redis"]


def redis(shared: Link, pooled: Link, spawn: Spawn, clock: Clock, told: Callable[[float], None] | None = None) -> Run:
    """Items 3.3 and 3.4: how commands leave, and over which connections; `told` hears how long each step took."""
    run = switched(
        "3.3",
        on=switched("3.4", on=Pipelined(pooled, spawn), off=Pipelined(shared, spawn)),
        off=switched("3.4", on=OneByOne(pooled), off=OneByOne(shared)),
    )
    return run if told is None else _timed(run, clock, told)


def _timed(run: Run, clock: Clock, told: Callable[[float], None]) -> Run:
    async def timed(commands: Sequence[Command]) -> list[Any]:
        started_s = clock.monotonic()
        try:
            return await run(commands)
        finally:
            told(clock.monotonic() - started_s)

    return timed


async def answers(run: Run) -> bool:
    """Whether the store answers."""
    try:
        await run([("PING",)])
    except StoreError:
        return False
    return True
