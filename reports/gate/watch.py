"""What crept in: the figures whose level has got worse over the kept runs, each step perhaps within its limit."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from reports.compare import change
from reports.gate.exact import findings
from reports.gate.judging import judged
from reports.gate.model import Finding, Kind
from reports.gate.rules import Budget
from reports.gate.waivers import waive
from reports.history import Point
from reports.measures import figures_of, measure_named
from reports.model import Arm
from reports.trend import Trend

__all__ = ["Watch", "Worsening", "place_of", "watchable", "worsenings"]


class Worsening(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that last changed for the worse, by changes that are confirmed.

    `since` is the first run of the worse level, or of the first one of several steps in a row; `last` that of the last
    step. `finding` holds what was before against what came after all of them, by the limit of the budget.
    """

    finding: Finding
    since: Point
    last: Point

    @property
    def is_alarm(self) -> bool:
        """Whether it is beyond the limit, and no waiver accepts it."""
        return self.finding.failed

    @property
    def text(self) -> str:
        """The figure, how it changed, and at which commit and when."""
        one = self.finding
        where = f"in {place_of(self.since)}"
        if self.last.run != self.since.run:
            where += f", last in {place_of(self.last)}"
        return f"{one.label} got worse {where}: {one.why}"


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """The trends that were looked at, and those that got worse."""

    arm: str
    trends: tuple[Trend, ...]
    worse: tuple[Worsening, ...]

    @property
    def is_alarm(self) -> bool:
        """Whether one of them got worse by more than its limit, and nobody has accepted it."""
        return any(one.is_alarm for one in self.worse)

    @property
    def is_blind(self) -> bool:
        """Whether there were no two runs of anything that may be compared."""
        return all(len(one.points) <= 1 for one in self.trends)


def watchable(arm: Arm, budget: Budget, *, phase: int | None = None) -> list[str]:
    """The keys of the arm's figures that the budget limits: those that a gate would judge, exact or of a process."""
    exact = [one.name for one in findings(arm, arm, budget, phase=phase)]
    return exact + [
        key
        for key in figures_of(arm)
        if measure_named(key).process and budget.limit(key, phase=phase, kind="timed") is not None
    ]


def worsenings(
    trends: Sequence[Trend], budget: Budget, today: dt.date, *, phase: int | None = None
) -> tuple[Worsening, ...]:
    """Those of the trends of figures that the budget limits; the waivers that hold today are applied."""
    found = list(_found(trends, budget, phase))
    waived, _states = waive([one.finding for one in found], budget.waivers, today)
    return tuple(msgspec.structs.replace(one, finding=finding) for one, finding in zip(found, waived, strict=True))


def _found(trends: Sequence[Trend], budget: Budget, phase: int | None) -> Iterator[Worsening]:
    for trend in trends:
        metric, _, command = trend.metric.key.partition(":")
        kind: Kind = "exact" if trend.is_exact else "timed"
        limit = budget.limit(metric, command=command, phase=phase, kind=kind)
        steps = _steps(trend)
        if limit is None or not steps:
            continue
        before, after = trend.changes[steps[0]].before, trend.changes[steps[-1]].after
        finding = judged(metric, before, after, limit, command=command, phase=phase)
        finding = msgspec.structs.replace(finding, kind=kind)
        first, last = (trend.points[trend.changes[step].index] for step in (steps[0], steps[-1]))
        yield Worsening(finding=finding, since=first, last=last)


def _steps(trend: Trend) -> list[int]:
    """The confirmed changes at the end that were all for the worse, oldest first."""
    found: list[int] = []
    for place, one in reversed(list(enumerate(trend.changes))):
        if not one.is_confirmed:
            continue
        moved = change(trend.metric, one.before, one.after)
        if moved is None or moved.direction != "worse":
            break
        found.append(place)
    return found[::-1]


def place_of(point: Point) -> str:
    """The run, its commit and its day."""
    commit = f" of {point.commit[:12]}" if point.commit else ""
    return f"run {point.run}{commit} ({point.started_at[:10] or 'some time'})"
