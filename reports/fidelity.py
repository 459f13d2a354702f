"""How far virtual time is from real time on the same trace."""

from collections.abc import Iterator

import msgspec

from reports.bench_tables import arm_label
from reports.document import Cell, Column, Document, Grid
from reports.live_view import live_lines
from reports.measures import figures_of, measure_named
from reports.metrics import Metric, figure
from reports.model import Arm, Run

__all__ = ["LATENCY_GOAL", "RATE_GOAL", "Gap", "fidelity", "fidelity_document"]

LATENCY_GOAL = 0.10
"""Response times are to be this close, as a share of those in real time."""

RATE_GOAL = 0.01
"""The hit rate is to be this close: one point."""

_RESPONSES = ("response_ms_mean", "response_ms_p50", "response_ms_p90", "response_ms_p99")
_OTHERS = ("upstream_calls_per_message", "redis_round_trips_per_message", "redis_round_trip_ms", "cpu_ms_per_message")
"""Without a goal: counts, and what virtual time takes for given and real time does not."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One metric on both clocks.

    `apart` is virtual minus real: as a share of real, or of `hit_rate` the difference itself. `goal` is how much of
    that is allowed, None where nothing is promised.
    """

    metric: Metric
    virtual: float
    real: float
    apart: float | None
    goal: float | None

    @property
    def is_met(self) -> bool | None:
        """None without a goal, or where there is no share of zero."""
        return None if self.goal is None or self.apart is None else abs(self.apart) <= self.goal


def fidelity(virtual: Arm, real: Arm) -> tuple[Gap, ...]:
    """Response times, hit rate and calls of one arm, from a run on each clock."""
    ours, theirs = figures_of(virtual), figures_of(real)
    gaps = [_relative(key, ours[key], theirs[key], LATENCY_GOAL) for key in _RESPONSES]
    rate = measure_named("hit_rate")
    apart = ours["hit_rate"] - theirs["hit_rate"]
    gaps.append(Gap(metric=rate, virtual=ours["hit_rate"], real=theirs["hit_rate"], apart=apart, goal=RATE_GOAL))
    known = [key for key in _OTHERS if key in ours and key in theirs]
    return (*gaps, *(_relative(key, ours[key], theirs[key], None) for key in known))


def _relative(key: str, virtual: float, real: float, goal: float | None) -> Gap:
    apart = (virtual - real) / real if real else None
    return Gap(metric=measure_named(key), virtual=virtual, real=real, apart=apart, goal=goal)


def fidelity_document(virtual: Run, real: Run) -> Document:
    """Both clocks side by side, arm by arm. Both runs have the same arms in the same order."""
    return Document(
        title="Virtual time beside real time",
        lines=tuple(live_lines(real)),
        grids=tuple(_grid(ours, theirs) for ours, theirs in zip(virtual.arms, real.arms, strict=True)),
        notes=tuple(_notes(real)),
    )


def _grid(virtual: Arm, real: Arm) -> Grid:
    return Grid(
        title=arm_label(real),
        columns=(Column("metric", "text"), Column("virtual"), Column("real"), Column("apart"), Column("goal", "text")),
        rows=tuple(_row(gap) for gap in fidelity(virtual, real)),
    )


def _row(gap: Gap) -> tuple[Cell, ...]:
    metric = gap.metric
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    return (Cell(title), Cell(figure(metric, gap.virtual)), Cell(figure(metric, gap.real)), _apart(gap), _goal(gap))


def _apart(gap: Gap) -> Cell:
    if gap.apart is None:
        return Cell("-", "muted")
    return Cell(f"{100 * gap.apart:+.1f} {_unit(gap)}")


def _goal(gap: Gap) -> Cell:
    if gap.goal is None:
        return Cell("")
    wanted = f"{100 * gap.goal:g} {_unit(gap)}"
    if gap.is_met is None:
        return Cell(wanted)
    return Cell(f"{wanted} {'met' if gap.is_met else 'missed'}", "good" if gap.is_met else "bad")


def _unit(gap: Gap) -> str:
    return "pts" if gap.metric.key == "hit_rate" else "%"


def _notes(real: Run) -> Iterator[str]:
    for arm in real.arms:
        if arm.counters.get("unanswered"):
            yield f"{arm_label(arm)}: {arm.counters['unanswered']:,} messages were never answered in real time"
    yield (
        "where response times differ, look at the last two rows: virtual time has a processor to itself and a store as "
        "far away as the workload says; on a busy machine, or with a slow disk under the store, real time has neither"
    )
    yield "the first message meets a bot that was started a moment ago on both clocks: nothing is left out as warm-up"
