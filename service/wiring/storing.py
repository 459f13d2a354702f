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


_Told = Callable[[float, int], None]


def redis(shared: Link, pooled: Link, spawn: Spawn, clock: Clock, told: _Told | None = None) -> Run:
    """Items 3.3 and 3.4: how commands leave, and over which connections.

    `told` hears how long each step took, and of how many round trips it was: one that steps share is one for each.
    """
    together: Run = switched("3.4", on=Pipelined(pooled, spawn), off=Pipelined(shared, spawn))
    one_by_one: Run = switched("3.4", on=OneByOne(pooled), off=OneByOne(shared))
    if told is not None:
        together, one_by_one = _timed(together, clock, told, bool), _timed(one_by_one, clock, told, len)
    return switched("3.3", on=together, off=one_by_one)


def _timed(run: Run, clock: Clock, told: _Told, trips_of: Callable[[Sequence[Command]], int]) -> Run:
    async def timed(commands: Sequence[Command]) -> list[Any]:
        started_s = clock.monotonic()
        try:
            return await run(commands)
        finally:
            told(clock.monotonic() - started_s, int(trips_of(commands)))

    return timed


async def answers(run: Run) -> bool:
    """Whether the store answers."""
    try:
        await run([("PING",)])
    except StoreError:
        return False
    return True
