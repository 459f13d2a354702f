"""The highest rate that holds a service level objective: its bracket, the trials behind it, and what limited it."""

import math
from typing import Literal

import msgspec

from reports.document import Cell, Column, Document, Grid, cells
from reports.model import Conditions
from reports.slo import Outcome, shown

__all__ = ["Bracket", "Capacity", "Edge", "Load", "Trial", "document", "limited_by"]

_FULL = 0.9
_MACHINE_FULL = 0.95


class Edge(msgspec.Struct, frozen=True):
    """A rate in messages a second, and how many of its trials held."""

    rate: float
    held: int
    trials: int

    @property
    def holds(self) -> bool:
        """Whether most of them did."""
        return 2 * self.held > self.trials

    @property
    def confidence(self) -> float:
        """How probable it is that this rate does more often than not what most of its trials did, 0.5 to 1.

        The share of trials that hold is taken to be anything from 0 to 1, all alike, before the first one: then
        P(share > 1/2) = P(Binomial(trials + 1, 1/2) <= held), an identity of the Beta and the binomial distribution
        (Abramowitz and Stegun, 26.5.24).
        """
        most = max(self.held, self.trials - self.held)
        return sum(math.comb(self.trials + 1, count) for count in range(most + 1)) / 2.0 ** (self.trials + 1)


class Bracket(msgspec.Struct, frozen=True):
    """The highest rate that held and the next one that did not.

    `holds` is None where not even the lowest rate that was tried held, `fails` where the highest one did.
    """

    holds: Edge | None
    fails: Edge | None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What was busy during a trial: shares of one core, of all cores; messages that the bot refused. None: not seen."""

    bot_cpu: float | None = None
    machine_cpu: float | None = None
    generator_cpu: float | None = None
    refused: int = 0


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One rate, tried once. The generator sent 1 % of the messages later than `late_ms`.

    `refused` says why a failure must not be held against the bot, if so.
    """

    rate: float
    outcome: Outcome
    load: Load = Load()
    late_ms: float = 0.0
    refused: str = ""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found. With `refused`, the reason for it, there is no verdict beyond the rate that holds."""

    target: str
    slo: str
    clock: Literal["real", "virtual"]
    seed: int
    bracket: Bracket
    trials: tuple[Trial, ...]
    workload: str = ""
    people: int = 0
    refused: str = ""
    notes: tuple[str, ...] = ()
    conditions: Conditions = Conditions()

    @property
    def code(self) -> int:
        """The exit code: 0 for a verdict, 1 where nothing holds, 3 for a refused one."""
        if self.refused:
            return 3
        return 0 if self.bracket.holds else 1


def limited_by(load: Load) -> str:
    """What was full when a rate failed, in words."""
    if load.bot_cpu is None and load.machine_cpu is None:
        return "not seen from here"
    if load.bot_cpu is not None and load.bot_cpu >= _FULL:
        return f"the bot's core, {load.bot_cpu:.0%} busy"
    if load.machine_cpu is not None and load.machine_cpu >= _MACHINE_FULL:
        return f"the machine: all its cores are {load.machine_cpu:.0%} busy, with what measures and whatever else runs"
    if load.refused:
        return f"the bot's queue: it refused {load.refused:,} deliveries to protect those it had taken"
    return "waiting: neither the bot's core nor the machine was full; `pulse top` shows for what"


def document(found: Capacity) -> Document:
    """The bracket in words, and every trial in a table."""
    return Document(
        title=f"Capacity of {found.target} under {found.slo} ({found.clock} time, seed {found.seed})",
        lines=tuple(_lines(found)),
        grids=(_trials(found),) if found.trials else (),
        notes=found.notes,
    )


def _lines(found: Capacity) -> list[str]:
    low, repeated = found.bracket.holds, found.clock == "real"
    first = f"holds {_edge(low, repeated=repeated)}" if low else "not even the lowest rate that was tried holds"
    refused = [f"NO VERDICT: {found.refused}"] if found.refused else []
    return [first, *_above(found, repeated=repeated), *refused]


def _above(found: Capacity, *, repeated: bool) -> list[str]:
    """What is known of the rate that fails."""
    high = found.bracket.fails
    if high is None:
        return [] if found.refused else ["no rate that was tried fails: the capacity is higher still"]
    failed = [one for one in found.trials if one.rate == high.rate and not one.outcome.held]
    limit = [f"what limits it: {limited_by(failed[-1].load)}"] if failed and repeated else []
    return [f"fails {_edge(high, repeated=repeated)}", *limit]


def _edge(edge: Edge, *, repeated: bool) -> str:
    rate = f"at {edge.rate:,.1f} messages/s"
    if not repeated:
        return rate
    count = edge.held if edge.holds else edge.trials - edge.held
    return f"{rate}: {count} of {edge.trials} trials, {edge.confidence:.0%} sure"


def _trials(found: Capacity) -> Grid:
    timed = found.clock == "real"
    columns = (
        Column("messages/s"),
        Column("messages"),
        *(Column(one.limit.text) for one in found.trials[0].outcome.judged),
        *((Column("bot CPU"), Column("late p99")) if timed else ()),
        Column("verdict", "text"),
    )
    rows = tuple(_row(one, timed=timed) for one in found.trials)
    return Grid(title="Trials, in their order", columns=columns, rows=rows)


def _row(trial: Trial, *, timed: bool) -> tuple[Cell, ...]:
    cpu = "-" if trial.load.bot_cpu is None else f"{trial.load.bot_cpu:.0%}"
    verdict = Cell("holds", "good") if trial.outcome.held else Cell("fails", "bad")
    return (
        *cells(f"{trial.rate:,.1f}", f"{trial.outcome.messages:,}"),
        *(Cell(shown(one.limit, one.value), "plain" if one.held else "bad") for one in trial.outcome.judged),
        *(cells(cpu, f"{trial.late_ms:,.1f} ms") if timed else ()),
        Cell("not judged", "strong") if trial.refused else verdict,
    )
