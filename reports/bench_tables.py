"""The tables of a bench's report. With several arms the first is the baseline and the last the candidate."""

import re
from collections.abc import Mapping, Sequence

from reports.compare import Change, Row, compare
from reports.document import Cell, Column, Grid, Tone
from reports.measures import measure_named
from reports.metrics import Metric, figure, value_of
from reports.model import Arm, CommandCosts, NamespaceHits
from reports.stats import Summary, hit_rate

__all__ = ["arm_label", "by_command", "by_namespace", "costs_by_command", "limit_cell", "metrics"]

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "same": "muted"}
_NONE = Cell("-", "muted")
_COSTS = {"calls": "upstream_calls_per_message", "trips": "redis_round_trips_per_message", "hits": "hit_rate"}


def arm_label(arm: Arm) -> str:
    """The arm's name for readers: "phase 3" for "phase-3", any other as it is."""
    return re.sub(r"^phase-(\d+)$", r"phase \1", arm.name)


def metrics(arms: Sequence[Arm]) -> Grid:
    """Every metric of every arm, the change from the first to the last, and the targets and limits of the last."""
    changes = (Column("change"),) if len(arms) > 1 else ()
    return Grid(
        columns=(Column("metric", "text"), *_arms(arms), *changes, Column("roadmap target"), Column("limit")),
        rows=tuple(_metric(row, arms) for row in compare(arms[0], arms[-1])),
    )


def by_namespace(arms: Sequence[Arm]) -> Grid:
    """The hit rate of each arm by namespace, and what became of the last arm's reads."""
    columns = [Column("namespace", "text"), *_arms(arms)]
    columns += [Column(title) for title in ("asked", "hits", "stale", "coalesced", "misses")]
    return Grid(
        title=f"Hit rate by namespace (%), and the reads of {arm_label(arms[-1])}",
        columns=tuple(columns),
        rows=tuple(_namespace(name, arms) for name in _names([arm.hits_by_namespace for arm in arms])),
    )


def by_command(arms: Sequence[Arm]) -> Grid:
    """The response times of each arm by command, in milliseconds."""
    columns = [Column("command", "text"), Column("count")]
    columns += [Column(f"{arm_label(arm)} {name}") for name in ("mean", "p99") for arm in arms]
    return Grid(
        title="Response time by command (ms)",
        columns=tuple(columns),
        rows=tuple(_command(name, arms) for name in _names([arm.response_ms_by_command for arm in arms])),
    )


def costs_by_command(arms: Sequence[Arm]) -> Grid:
    """What a message of each command costs in each arm: calls upstream, round trips to the store, and its hit rate."""
    columns = [Column("command", "text"), Column("count")]
    columns += [Column(f"{arm_label(arm)} {name}") for name in _COSTS for arm in arms]
    return Grid(
        title="Upstream calls and Redis round trips per message, and hit rate (%), by command",
        columns=tuple(columns),
        rows=tuple(_cost(name, arms) for name in _names([arm.costs_by_command for arm in arms])),
    )


def _arms(arms: Sequence[Arm]) -> list[Column]:
    return [Column(arm_label(arm)) for arm in arms]


def _names(tables: Sequence[Mapping[str, object]]) -> list[str]:
    """Every key, in the order of first appearance."""
    return list(dict.fromkeys(name for table in tables for name in table))


def _metric(row: Row, arms: Sequence[Arm]) -> tuple[Cell, ...]:
    metric = row.metric
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    values = [Cell(figure(metric, value_of(arm.metrics, metric))) for arm in arms]
    changes = [_change(row)] if len(arms) > 1 else []
    return (Cell(title), *values, *changes, _target(row), limit_cell(row))


def _change(row: Row) -> Cell:
    """The change with its direction in words. That of a process metric is not coloured: it is not evidence."""
    if row.change is None:
        return _NONE
    if row.change.direction == "same":
        return Cell("same", "muted")
    tone = "plain" if row.metric.process else _TONES[row.change.direction]
    return Cell(f"{_difference(row.metric, row.change)} {row.change.direction}", tone)


def _difference(metric: Metric, change: Change) -> str:
    """In percent of the baseline; a share, and a change from zero, in the metric's own unit."""
    if metric.unit == "%" or change.relative is None:
        unit = "pts" if metric.unit == "%" else metric.unit
        return f"{change.absolute * metric.scale:+,.{metric.digits}f} {unit}".rstrip()
    return f"{change.relative:+.1%}".replace("%", " %")


def _target(row: Row) -> Cell:
    """The bound, in the unit that the row names, and whether the last arm keeps it."""
    if row.target is None:
        return Cell("")
    sign = "<" if row.target.direction == "below" else ">"
    bound = f"{sign} {row.target.bound * row.metric.scale:g}"
    if row.target_met is None:
        return Cell(bound)
    return Cell(f"{bound} {'met' if row.target_met else 'missed'}", "good" if row.target_met else "bad")


def limit_cell(row: Row | None) -> Cell:
    """The limit, and the candidate as a multiple of it; empty where there is none."""
    if row is None or row.limit is None:
        return Cell("")
    close = f" (x{row.limit_ratio:.2f})" if row.limit_ratio is not None else ""
    return Cell(f"{figure(row.metric, row.limit)}{close}")


def _namespace(name: str, arms: Sequence[Arm]) -> tuple[Cell, ...]:
    last = arms[-1].hits_by_namespace.get(name)
    counts = (last.asked, last.hits, last.stale, last.coalesced, last.misses) if last else ()
    return (Cell(name), *(_share(arm.hits_by_namespace.get(name)) for arm in arms), *_counts(counts))


def _share(hits: NamespaceHits | None) -> Cell:
    return Cell(f"{hit_rate(hits.hits, hits.asked):.1%}".rstrip("%")) if hits and hits.asked else _NONE


def _counts(counts: Sequence[int]) -> list[Cell]:
    return [Cell(f"{count:,}") for count in counts] or [_NONE] * 5


def _command(name: str, arms: Sequence[Arm]) -> tuple[Cell, ...]:
    times = [arm.response_ms_by_command.get(name) for arm in arms]
    count = next(summary.count for summary in reversed(times) if summary is not None)
    return (Cell(name), Cell(f"{count:,}"), *_times(times, "mean"), *_times(times, "p99"))


def _cost(name: str, arms: Sequence[Arm]) -> tuple[Cell, ...]:
    found = [arm.costs_by_command.get(name) for arm in arms]
    count = next(costs.messages for costs in reversed(found) if costs is not None)
    return (Cell(name), Cell(f"{count:,}"), *(_cost_cell(costs, key) for key in _COSTS.values() for costs in found))


def _cost_cell(costs: CommandCosts | None, key: str) -> Cell:
    value = None if costs is None else getattr(costs, key)
    if value is None:
        return _NONE
    return Cell(figure(measure_named(key), value))


def _times(times: Sequence[Summary | None], key: str) -> list[Cell]:
    return [_NONE if summary is None else Cell(f"{getattr(summary, key):,.1f}") for summary in times]
