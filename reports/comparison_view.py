"""The comparison of two runs as a report, and as figures for programs."""

from collections.abc import Iterator
from typing import Any

import msgspec

from reports.bench_tables import arm_label, by_command, by_namespace, metrics
from reports.comparison import ArmComparison, Comparison, Pairs
from reports.document import Cell, Column, Document, Grid, cells
from reports.model import Arm
from reports.runs_view import origin

__all__ = ["document", "facts"]

_EXACT = (
    "Both runs are of virtual time and of the same trace: response times, hit rates, calls and round trips are exact, "
    "and any difference in them comes from the code or its settings."
)
_PROCESS = "Memory and CPU are of two single runs: a difference in them is an indication, not a verdict."
_REAL = (
    "Both runs are of real time, each measured once and on its own: differences within some tens of percent are common "
    "between two runs of the same code. `pulse gate` measures both in turns and gives a verdict."
)
_FORCED = (
    "THE RUNS ARE OF DIFFERENT TRAFFIC OR CLOCKS and were compared all the same: "
    "no difference says anything of the code."
)


def document(comparison: Comparison) -> Document:
    """The report: the metrics of the last arm, its commands and namespaces, and others' metrics; where they differ."""
    last = comparison.arms[-1]
    grids = [_metrics(comparison, one) for one in comparison.arms[:-1] if not one.is_same]
    grids.append(_metrics(comparison, last))
    if not last.is_same:
        sides = _sides(comparison, last)
        grids += [by_namespace(sides), by_command(sides)]
    grids.append(_differences(comparison))
    return Document(
        title=f"Compare: {comparison.after} against {comparison.before}",
        lines=tuple(_lines(comparison)),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=tuple(_notes(comparison)),
    )


def facts(comparison: Comparison) -> dict[str, Any]:
    """The same without the text, for a program: figures unscaled and by their keys."""
    return {
        "before": comparison.before,
        "after": comparison.after,
        "exact": comparison.is_exact,
        "forced": comparison.is_forced,
        "differences": comparison.differences,
        "arms": [_facts(one) for one in comparison.arms],
    }


def _facts(one: ArmComparison) -> dict[str, Any]:
    figures = {
        row.metric.key: {"before": row.baseline, "after": row.candidate, "change": row.change} for row in one.rows
    }
    commands = {
        name: {"before": one.before.response_ms_by_command.get(name), "after": found}
        for name, found in one.after.response_ms_by_command.items()
    }
    return {
        "before": one.before.name,
        "after": one.after.name,
        "metrics": figures,
        "response_ms_by_command": commands,
        "pairs": one.pairs,
    }


def _metrics(comparison: Comparison, one: ArmComparison) -> Grid:
    return msgspec.structs.replace(metrics(_sides(comparison, one)), title=_title(one))


def _title(one: ArmComparison) -> str:
    before, after = arm_label(one.before), arm_label(one.after)
    return after if before == after else f"{after} against {before}"


def _sides(comparison: Comparison, one: ArmComparison) -> tuple[Arm, Arm]:
    """Both under the names of their runs, as their own are the same."""
    return (
        msgspec.structs.replace(one.before, name=comparison.before),
        msgspec.structs.replace(one.after, name=comparison.after),
    )


def _lines(comparison: Comparison) -> Iterator[str]:
    for name, conditions in zip((comparison.before, comparison.after), comparison.conditions, strict=True):
        yield f"{name}: {origin(conditions)}"
    for one in comparison.arms:
        what = "exact figure" if comparison.is_exact else "figure"
        yield f"{_title(one)}: {_count(len(_differing(comparison, one)), what)}{_pairs(one.pairs)}"


def _differing(comparison: Comparison, one: ArmComparison) -> list[str]:
    """The keys of the figures that differ and count: in virtual time those of a process do not."""
    changed = [row.metric for row in one.rows if row.change and row.change.direction != "same"]
    return [metric.key for metric in changed if not (comparison.is_exact and metric.process)]


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{' differs' if count < 2 else 's differ'}"  # noqa: PLR2004 - none and one


def _pairs(pairs: Pairs | None) -> str:
    if pairs is None:
        return ""
    counts = f"; message by message {pairs.slower:,} slower, {pairs.faster:,} faster, {pairs.same:,} the same"
    lost = f", {pairs.only_before:,} no longer answered" if pairs.only_before else ""
    found = f", {pairs.only_after:,} now answered" if pairs.only_after else ""
    median = f", differences with a median of {pairs.median_ms:+.1f} ms" if pairs.slower or pairs.faster else ""
    return f"{counts}{lost}{found}{median}"


def _differences(comparison: Comparison) -> Grid:
    return Grid(
        title="What else was not the same",
        columns=(Column("condition", "text"), Column(comparison.before, "text"), Column(comparison.after, "text")),
        rows=tuple((*cells(one.what, one.before), Cell(one.after, "strong")) for one in comparison.differences),
    )


def _notes(comparison: Comparison) -> Iterator[str]:
    if comparison.is_forced:
        yield _FORCED
    else:
        yield _EXACT if comparison.is_exact else _REAL
    if comparison.is_exact and any(row.change and row.metric.process for one in comparison.arms for row in one.rows):
        yield _PROCESS
