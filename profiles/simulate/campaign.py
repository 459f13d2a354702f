"""Many worlds: judged one by one, counted together, on all cores."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from profiles.children import in_processes
from profiles.simulate.history import Booted, Effect, Ended, Faulted, History, Said, Stored, Wrote
from profiles.simulate.judges.all import INVARIANTS, REPEATABLE, REPEATABLE_SENTENCE, judge
from profiles.simulate.judges.verdict import Verdict
from profiles.simulate.tracing import line
from profiles.simulate.world import World, run_world
from reports.simulation import Failure, Judged, Simulation
from service.rubbish import seldom_collected

__all__ = ["TWICE_EVERY", "run_campaign", "run_seeds"]

TWICE_EVERY = 25
"""One seed of so many is run twice."""

_MOST_FAILURES = 10
_COLLECT_EVERY = 4  # worlds between which what they have left behind is collected: about 5 MB each
_Tick = Callable[[int], None]


def run_campaign(seeds: Sequence[int], kinds: tuple[str, ...], *, jobs: int, tick: _Tick) -> Simulation:
    """The worlds of these seeds, divided among `jobs` processes; `tick` is told of the worlds that are done."""
    started_s = time.perf_counter()
    works = [partial(run_seeds, list(seeds[first::jobs]), kinds) for first in range(min(jobs, len(seeds)))]
    parts = in_processes(works, tick, at_once=jobs)
    return _merged(parts, time.perf_counter() - started_s)


def run_seeds(seeds: Sequence[int], kinds: tuple[str, ...], tick: _Tick) -> Simulation:
    """The same in this process."""
    started_s, cpu_s = time.perf_counter(), time.process_time()
    tally = _Tally(kinds)
    with seldom_collected():
        for number, seed in enumerate(seeds):
            world = run_world(seed, kinds)
            tally.add(world)
            if seed % TWICE_EVERY == 0:
                tally.compare(world, run_world(seed, kinds))
            if number % _COLLECT_EVERY == 0:
                gc.collect()
            tick(1)
    return tally.result(time.perf_counter() - started_s, time.process_time() - cpu_s)


class _Tally:
    """What was seen so far."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds
        self._store_forgets = "tail" in kinds
        self._counts: Counter[str] = Counter()
        self._judged: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._met: Counter[tuple[str, str]] = Counter()
        self._failures: list[Failure] = []

    def add(self, world: World) -> None:
        """Judges a world."""
        history = world.history
        self._count(world)
        for name, verdict in judge(history, store_forgets=self._store_forgets).items():
            self._take(world.seed, name, verdict)

    def compare(self, one: World, other: World) -> None:
        """Judges whether the second run of a seed was the same as the first."""
        self._counts["again"] += 1
        self._judged[REPEATABLE] += 1
        if one.history.digest() != other.history.digest():
            self._failed[REPEATABLE] += 1
            self._note(Failure(one.seed, REPEATABLE, "two runs of this seed differ", _difference(one, other)))

    def result(self, wall_s: float, cpu_s: float) -> Simulation:
        """All of it as facts."""
        sentences = {one.name: (one.sentence, one.counted) for one in INVARIANTS} | {REPEATABLE: REPEATABLE_SENTENCE}
        left_out = {one.name for one in INVARIANTS if self._store_forgets and one.needs_store}
        return Simulation(
            kinds=self._kinds,
            counts=dict(self._counts),
            judged=tuple(
                Judged(name, *words, self._judged[name], self._failed[name])
                for name, words in sentences.items()
                if name not in left_out
            ),
            met=tuple((fault, state, count) for (fault, state), count in sorted(self._met.items())),
            failures=tuple(self._failures),
            wall_s=wall_s,
            cpu_s=cpu_s,
        )

    def _count(self, world: World) -> None:
        history = world.history
        self._counts["worlds"] += 1
        self._counts["virtual_s"] += int(world.virtual_s)
        for name, kind in (("messages", Wrote), ("replies", Said), ("payments", Stored), ("effects", Effect)):
            self._counts[name] += len(history.of(kind))
        self._counts["boots"] += len(history.of(Booted))
        self._counts["kills"] += sum(ended.how == "killed" for ended in history.of(Ended))
        self._counts["faults"] += len(history.of(Faulted))
        for fault, states in _meetings(history):
            self._met.update((fault, state) for state in states)

    def _take(self, seed: int, name: str, verdict: Verdict) -> None:
        self._judged[name] += verdict.judged
        self._failed[name] += len(verdict.findings)
        if verdict.findings:
            first = verdict.findings[0]
            self._note(Failure(seed, name, first.what, tuple(line(event) for event in first.events)))

    def _note(self, failure: Failure) -> None:
        if len(self._failures) < _MOST_FAILURES:
            self._failures.append(failure)


def _meetings(history: History) -> list[tuple[str, tuple[str, ...]]]:
    """Each fault with the states of the payments that it met."""
    ends = [("kill" if ended.how == "killed" else "stop", ended.states) for ended in history.of(Ended)]
    return [*((fault.kind, fault.states) for fault in history.of(Faulted)), *ends]


def _difference(one: World, other: World) -> tuple[str, ...]:
    """The first events that differ."""
    for mine, theirs in zip(one.history.events, other.history.events, strict=False):
        if mine != theirs:
            return line(mine), line(theirs)
    return (f"{len(one.history.events)} events, and {len(other.history.events)}",)


def _merged(parts: Sequence[Simulation], wall_s: float) -> Simulation:
    counts: Counter[str] = Counter()
    met: Counter[tuple[str, str]] = Counter()
    judged: dict[str, Judged] = {}
    for part in parts:
        counts.update(part.counts)
        met.update({(fault, state): count for fault, state, count in part.met})
        for one in part.judged:
            known = judged.get(one.name)
            judged[one.name] = one if known is None else known.plus(one)
    failures = sorted((failure for part in parts for failure in part.failures), key=lambda failure: failure.seed)
    return Simulation(
        kinds=parts[0].kinds,
        counts=dict(counts),
        judged=tuple(judged.values()),
        met=tuple((fault, state, count) for (fault, state), count in sorted(met.items())),
        failures=tuple(failures[:_MOST_FAILURES]),
        wall_s=wall_s,
        cpu_s=sum(part.cpu_s for part in parts),
    )
