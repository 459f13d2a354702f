"""How commands reach the store."""

from service.core.errors import StoreError
from service.ports import Spawn
from service.store.commands import Link, Run
from service.store.one_by_one import OneByOne
from service.store.pipelined import Pipelined
from service.switching import switched

__all__ = ["answers", "redis"]


def redis(shared: Link, pooled: Link, spawn: Spawn) -> Run:
    """Items 3.3 and 3.4: how commands leave, and over which connections."""
    return switched(
        "3.3",
        on=switched("3.4", on=Pipelined(pooled, spawn), off=Pipelined(shared, spawn)),
        off=switched("3.4", on=OneByOne(pooled), off=OneByOne(shared)),
    )


async def answers(run: Run) -> bool:
    """Whether the store answers."""
    try:
        await run([("PING",)])
    except StoreError:
        return False
    return True
