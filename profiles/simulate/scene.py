"""What all parts of one world share."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from profiles.round_trip import RoundTrip
from profiles.simredis.simulation import SimRedis
from profiles.simredis.values import Hash
from profiles.simulate.clocks import TrueClock, WrongClock
from profiles.simulate.crashing_loop import CrashingLoop
from profiles.simulate.faults import Rates
from profiles.simulate.history import Faulted, History
from profiles.simulate.people import Somebody
from profiles.virtual_clock import SeededDice

__all__ = ["DECIDED", "Scene"]

DECIDED = frozenset({b"settled", b"rejected", b"withdrawn"})
"""States in which nothing can happen to a payment any more."""


class Scene:
    """Time, chance, the store's data and the history. `faults_on` until the faults end.

    Tasks made by `spawn` are the world's; all others are the bot's, and die with it.
    """

    def __init__(self, loop: CrashingLoop, seed: str, people: tuple[Somebody, ...], rates: Rates) -> None:
        self.loop = loop
        self.seed = seed
        self.people = people
        self.by_wa_id = {one.wa_id: one for one in people}
        self.rates = rates
        self.faults_on = True
        self.clock = TrueClock(loop)
        self.bot_clock = WrongClock(loop)
        self.redis = SimRedis(self.clock, RoundTrip(), SeededDice(f"{seed}/redis"))
        self.history = History()
        self.kill_soon: Callable[[str], None] = lambda _occasion: None
        """Set by who can kill: called where a kill would be interesting."""
        self._own: set[asyncio.Task[Any]] = set()

    def dice(self, purpose: str) -> random.Random:
        """Chance for one part of the world: drawing more in one leaves the others as they were."""
        return random.Random(f"{self.seed}/{purpose}")

    @property
    def now_s(self) -> float:
        """Virtual seconds since the world began, to the microsecond."""
        return round(self.loop.time(), 6)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Starts a task of the world's own."""
        task = self.loop.create_task(work, name=name)
        self.adopt(task)
        return task

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Makes a task the world's own."""
        self._own.add(task)
        task.add_done_callback(self._own.discard)

    def tasks_of_bot(self) -> list[asyncio.Task[Any]]:
        """The bot's tasks that are not done, oldest first."""
        return [task for task in self.loop.tasks() if task not in self._own]

    def fault(
        self,
        kind: str,
        *,
        lasts_s: float = 0.0,
        whom: str = "",
        states: tuple[str, ...] | None = None,
        detail: str = "",
    ) -> None:
        """Takes down that a fault happens now."""
        seen = self.undecided() if states is None else states
        self.history.add(Faulted(self.now_s, kind, round(self.now_s + lasts_s, 6), whom, seen, detail))

    def payments(self) -> Iterator[tuple[bytes, Hash]]:
        """The payments that the store has, as they are stored."""
        database = self.redis.data.databases[0]
        for key in database.live_keys():
            if key.startswith(b"payment:") and isinstance(value := database.get(key), Hash):
                yield key, value

    def undecided(self) -> tuple[str, ...]:
        """The states in which payments wait, each once, sorted."""
        states = {value[b"state"] for _, value in self.payments()}
        return tuple(sorted(state.decode() for state in states - DECIDED))
