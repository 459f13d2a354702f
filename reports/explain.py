"""What a reader should know about the figures of a run: how they came about, and where they fall short and why."""

import re

from reports.compare import Row, compare
from reports.metrics import Metric, figure
from reports.model import Arm, Run
from reports.targets import Target, is_met

__all__ = ["explain", "shortfalls"]

_VIRTUAL = (
    "Response times, hit rates, upstream calls and round trips are of virtual time: the service's real code on a "
    "simulated clock. They are exact: the same seed gives the same figures on any machine."
)
_REAL = "All figures are of real time, on the machine named above, and vary from run to run."
_PROCESS = (
    "Memory and CPU come from a real process with a real store. They vary from run to run: "
    "a difference between two single runs is an indication, not a verdict."
)
_NO_PROCESS = "Memory and CPU were not measured."
_YARDSTICK = "The roadmap's targets are meant for the reference workload; here they are a yardstick only."
_COSTS = (
    "Calls and round trips of a command are those that its messages set off. A round trip that several messages wait "
    "for is one for each of them, so that they may add up to more than the figure over all."
)
_PHASE_2 = (
    "Phase 2 changes the structure of the code and has no switches of its own: "
    "at run time it is phase 1, and the figures of phases 1 and 2 are the same."
)

_COMMANDS_NAMED = 4
_REFERENCE = "reference"


def explain(run: Run) -> tuple[str, ...]:
    """Notes on a run: its clock, its memory, phase 2, every roadmap target its last arm misses, and its own notes."""
    measured = any(arm.metrics.rss_mb_settled is not None for arm in run.arms)
    notes = [_VIRTUAL if run.conditions.clock == "virtual" else _REAL, _PROCESS if measured else _NO_PROCESS]
    if any(arm.costs_by_command for arm in run.arms):
        notes.append(_COSTS)
    if any(_phase(arm) >= 2 for arm in run.arms):  # noqa: PLR2004 - the phase the note is about
        notes.append(_PHASE_2)
    if run.trace.workload != _REFERENCE:
        notes.append(_YARDSTICK)
    return (*notes, *shortfalls(run.arms[0], run.arms[-1]), *run.notes)


def shortfalls(baseline: Arm, candidate: Arm) -> tuple[str, ...]:
    """One sentence or two for every roadmap target that the candidate misses."""
    return tuple(
        _shortfall(row, row.target, row.candidate, candidate)
        for row in compare(baseline, candidate)
        if row.target is not None and row.candidate is not None and row.target_met is False
    )


def _phase(arm: Arm) -> int:
    named = re.fullmatch(r"phase-(\d+)", arm.name)
    return int(named.group(1)) if named else 0


def _shortfall(row: Row, target: Target, value: float, arm: Arm) -> str:
    metric = row.metric
    missing = _with_unit(metric, abs(value - target.bound), points=True)
    text = f"{metric.title} {_with_unit(metric, value)} misses the roadmap's {target.text} by {missing}."
    if metric.key == "response_ms_mean":
        text = f"{text} {_where_the_time_goes(arm)}"
    return text if row.limit is None else f"{text} {_room(metric, target, row.limit)}"


def _where_the_time_goes(arm: Arm) -> str:
    """The commands that make most of the mean, as their part of it in ms."""
    count = sum(summary.count for summary in arm.response_ms_by_command.values())
    parts = {name: one.mean * one.count / count for name, one in arm.response_ms_by_command.items()}
    heaviest = sorted(parts, key=lambda name: (-parts[name], name))[:_COMMANDS_NAMED]
    return f"Of it, {', '.join(f'{name} makes {parts[name]:.1f} ms' for name in heaviest)}." if heaviest else ""


def _room(metric: Metric, target: Target, limit: float) -> str:
    """Whether the target can be reached at all on this trace."""
    if metric.key == "response_ms_mean":
        best = f"Calls that change something, which no cache can save, take {_with_unit(metric, limit)}"
    else:
        best = f"The best possible on this trace, with the same freshness, is {_with_unit(metric, limit)}"
    if is_met(target, limit):
        return f"{best}: that alone does not rule the target out."
    return f"{best}: no cache and no order of calls reaches the target for this traffic."


def _with_unit(metric: Metric, value: float, *, points: bool = False) -> str:
    unit = "points" if points and metric.unit == "%" else metric.unit
    return f"{figure(metric, value)} {unit}".rstrip()
