"""Time and chance of a bench run: the service's Clock and Dice ports, virtual and seeded."""

import asyncio
import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from profiles.virtual_loop import VirtualLoop

__all__ = ["DEFAULT_COSTS", "CostTable", "SeededDice", "VirtualClock", "run_virtual"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CostTable:
    """Milliseconds that a kind of blocking CPU work keeps the loop from running."""

    costs_ms: Mapping[str, float]

    def __post_init__(self) -> None:
        """A negative cost is a mistake in the table."""
        for work, ms in self.costs_ms.items():
            if ms < 0:
                raise ValueError(f"the cost of {work!r} is {ms} ms")
        object.__setattr__(self, "costs_ms", MappingProxyType(dict(self.costs_ms)))

    def seconds(self, work: str) -> float:
        """The cost of this kind of work.

        Raises:
            KeyError: The table does not know it; a forgotten cost would silently count as free.
        """
        try:
            return self.costs_ms[work] / 1000
        except KeyError:
            raise KeyError(f"no cost for work {work!r}; known: {', '.join(sorted(self.costs_ms))}") from None

    def slower(self, factor: float) -> "CostTable":
        """The same work on a core that is so many times slower."""
        return CostTable({work: ms * factor for work, ms in self.costs_ms.items()})

    def with_costs(self, costs_ms: Mapping[str, float]) -> "CostTable":
        """The same table with these entries added or replaced."""
        return CostTable({**self.costs_ms, **costs_ms})


DEFAULT_COSTS = CostTable(
    {
        "webhook": 0.035,  # one delivery at the door: HTTP server, signature, envelope
        "accept": 0.1,  # the store's script for what is taken
        "message": 0.35,  # what a worker does for one message between its awaits: parse, decide, format
        "shed": 0.1,  # the store's script for what is answered without being handled
        "http": 0.9,  # one call through httpx at moderate concurrency: 690-1,000 calls/s of one core
        "qr_png": 14.0,  # a PNG of one invoice
        "speech": 40.0,  # the MP3 of one sentence
        # By their ratio to qr_png: python -m profiles.experiments.cpu_work --costs
        "csv_rows": 1.8,  # a batch of a statement, which is 500 movements, as lines
        "pdf_rows": 2.7,  # the same as ten pages
        "statement_page": 0.5,  # a page of 500 movements from JSON to facts, always on the loop
    }
)
"""Measured on two cores with CPython 3.11: medians of interleaved rounds. Read the ratios, not the digits.

A message of the reference workload adds up to 2.4 ms in phase 3. `pulse bench --phase 3` measures twice to three times
that as CPU of a real process, over 600 messages from a cold start, housekeeping included: where a rate in virtual time
is compared with one of the real world, the real one is lower. A refused webhook was measured at 1.4 % of what a message
cost that process, and is charged as 1.5 % of the 2.4 ms.
"""


class VirtualClock:
    """The Clock port in virtual time. Counts what was charged to it: `charged_s` by kind of work."""

    def __init__(self, loop: VirtualLoop, start_unix_s: float, costs: CostTable = DEFAULT_COSTS) -> None:
        """At the loop's time 0, `now()` is `start_unix_s`."""
        self._loop = loop
        self._start_unix_s = start_unix_s
        self._costs = costs
        self.charged_s: defaultdict[str, float] = defaultdict(float)

    def now(self) -> float:
        """Unix time in seconds."""
        return self._start_unix_s + self._loop.time()

    def monotonic(self) -> float:
        """Virtual seconds since the run began."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def charge(self, work: str) -> None:
        """Moves time forward at once, by the work's entry in the cost table: the loop is blocked meanwhile.

        Raises:
            KeyError: The cost table does not know this kind of work.
        """
        seconds = self._costs.seconds(work)
        self.charged_s[work] += seconds
        self._loop.advance(seconds)

    def mark(self, marks_s: Iterable[float], on_mark: Callable[[float], None]) -> None:
        """As the loop's `mark`, of times as `now()` gives them."""
        start_s = self._start_unix_s
        self._loop.mark((mark_s - start_s for mark_s in marks_s), lambda mark_s: on_mark(mark_s + start_s))

    @property
    def charged_total_s(self) -> float:
        """All blocking work charged so far."""
        return sum(self.charged_s.values())


class SeededDice:
    """The Dice port from a seed: the same numbers on every machine, Python version and hash seed."""

    def __init__(self, seed: int | str) -> None:
        """Two dice of the same seed give the same numbers; seeds that differ give unrelated ones."""
        self._seed = str(seed)
        self._random = random.Random(int.from_bytes(hashlib.sha256(self._seed.encode()).digest()))

    def token(self, nbytes: int) -> bytes:
        """`nbytes` bytes."""
        return self._random.randbytes(nbytes)

    def uniform(self) -> float:
        """A float in [0, 1)."""
        return self._random.random()

    def child(self, name: str) -> "SeededDice":
        """Independent dice for a part: drawing more in one part leaves the others as they were."""
        return SeededDice(f"{self._seed}/{name}")


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, T]],
    *,
    start_unix_s: float,
    costs: CostTable = DEFAULT_COSTS,
) -> T:
    """Runs `main` to its end in virtual time and gives its result.

    Raises:
        VirtualTimeError: A deadlock, a stuck executor job, or the use of a socket.
    """
    loop = VirtualLoop()
    results: list[T] = []

    async def keep() -> None:
        """The runner's task itself has no result: asyncio formats it for a message that nobody sees."""
        results.append(await main(VirtualClock(loop, start_unix_s, costs)))

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(keep())
    return results[0]
