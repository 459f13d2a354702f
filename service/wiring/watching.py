"""Items 6.2 and 6.3 beside the messages: the memory watch, and experiments."""

from collections.abc import Awaitable, Callable
from functools import partial

from service.core.leaks import MemoryReading
from service.observe.memory_probe import allocation_sites
from service.observe.memory_watch import LOOK_EVERY_S, MemoryWatch
from service.observe.trial_keeper import GUARD_EVERY_S, KEEP_EVERY_S, TrialKeeper
from service.observe.trials import Trials
from service.ports import Clock, Meter
from service.store.commands import Run
from service.store.experiments import RedisExperiments
from service.store.flags import RedisFlags
from service.switching import switched

__all__ = ["watching"]


def watching(
    trials: Trials,
    aside: Run,
    memory: Callable[[float, int], MemoryReading] | None,
    *,
    clock: Clock,
    meter: Meter,
    instance: str,
) -> tuple[tuple[Callable[[], Awaitable[None]], float, str], ...]:
    """Chores for the housekeeping: what to do, every how many seconds, and its name."""
    keeper = TrialKeeper(
        trials, RedisExperiments(aside), RedisFlags(aside).write, instance=instance, clock=clock, meter=meter
    )
    chores = (
        (switched("6.3", on=keeper.keep, off=keeper.forget), KEEP_EVERY_S, "experiments"),
        (switched("6.3", on=keeper.guard, off=_nothing), GUARD_EVERY_S, "guardrails"),
    )
    if memory is None:
        return chores
    sites = partial(allocation_sites, clock)
    watch = MemoryWatch(memory, sites, lambda: trials.messages, clock=clock, meter=meter)
    return (*chores, (switched("6.2", on=watch.look, off=watch.forget), LOOK_EVERY_S, "memory watch"))


async def _nothing() -> None:
    """There is nothing to guard."""
