"""Charts of kept runs: a metric over commits, with the changes of its level marked."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.bench_tables import arm_label
from reports.change_points import ChangePoint, change_points, steps
from reports.document import Cell, Column, Grid
from reports.history.entries import Point
from reports.history.series import comparable, is_exact
from reports.html.chart import Chart, axis, capital, layout, plain
from reports.metrics import METRICS, Metric, figure
from reports.model import Arm

__all__ = ["MAX_POINTS", "trends"]

MAX_POINTS = 500
"""Runs in one chart, the last ones."""

_LEAST = 2
_COMMIT = 7
_TICKS = 8
_ROWS = 20
_KEYS = (
    "response_ms_mean",
    "hit_rate",
    "upstream_calls_per_message",
    "redis_round_trips_per_message",
    "rss_mb_settled",
    "cpu_ms_per_message",
)


def trends(arm: Arm, points: Mapping[str, Sequence[Point]]) -> list[Chart]:
    """Of an arm's main metrics, by their keys; none of a metric with fewer than two runs that can be compared."""
    found = []
    for metric in METRICS:
        series = comparable(metric, points.get(metric.key, ()))[-MAX_POINTS:]
        if metric.key in _KEYS and len(series) >= _LEAST:
            found.append(_trend(metric, arm, series))
    return found


def _trend(metric: Metric, arm: Arm, series: Sequence[Point]) -> Chart:
    values = [point.value for point in series]
    changes = steps(values) if is_exact(metric, series[-1]) else change_points(values)
    names = [plain(f"#{point.run} {_commit(point)}".strip()) for point in series]
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    curve: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(arm_label(arm)),
        "x": list(range(len(series))),
        "y": [round(value * metric.scale, 6) for value in values],
        "text": [plain(f"#{point.run} {_commit(point)} {point.started_at}") for point in series],
        "hovertemplate": f"%{{text}}<br>%{{y:,.{metric.digits}f}} {metric.unit}",
        "line": {"color": "@last", "width": 1.5, "shape": "hv"},
        "marker": {"color": "@last", "size": 6},
    }
    ticks = range(0, len(series), -(-len(series) // _TICKS))
    return Chart(
        key=f"trend-{metric.key}",
        title=f"{metric.title} over kept runs",
        words=_words(metric, arm, series, changes),
        figure={
            "data": [curve, *_marks(metric, series, changes)],
            "layout": layout(
                xaxis={
                    "tickvals": list(ticks),
                    "ticktext": [names[place] for place in ticks],
                    "tickangle": -30,
                    "zeroline": False,
                },
                yaxis=axis(plain(title), rangemode="normal" if len(set(values)) > 1 else "tozero"),
            ),
        },
        table=_table(metric, series, changes),
        height_px=340,
    )


def _commit(point: Point) -> str:
    return f"{point.commit[:_COMMIT]}{'+' * point.commit.endswith('+')}"


def _marks(metric: Metric, series: Sequence[Point], changes: Sequence[ChangePoint]) -> list[dict[str, Any]]:
    """The runs at which a new level begins, better and worse ones apart."""
    found = []
    for name, symbol, colour, wanted in (
        ("better from here", "triangle-down", "@good", True),
        ("worse from here", "triangle-up", "@bad", False),
    ):
        there = [change for change in changes if _is_better(metric, change) is wanted]
        if there:
            found.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": name,
                    "x": [change.index for change in there],
                    "y": [round(series[change.index].value * metric.scale, 6) for change in there],
                    "text": [_size(metric, change) for change in there],
                    "hovertemplate": "%{text}",
                    "marker": {"symbol": symbol, "size": 15, "color": colour},
                }
            )
    return found


def _is_better(metric: Metric, change: ChangePoint) -> bool:
    return (change.after < change.before) == (metric.better == "lower")


def _size(metric: Metric, change: ChangePoint) -> str:
    text = f"{figure(metric, change.before)} to {figure(metric, change.after)} {metric.unit}".rstrip()
    doubt = "" if change.is_confirmed else " (one of two methods)"
    return f"{text}{doubt}"


def _words(metric: Metric, arm: Arm, series: Sequence[Point], changes: Sequence[ChangePoint]) -> str:
    count = f"{len(series)} kept runs of {arm_label(arm)}"
    if not changes:
        return capital(f"{count}, all of one level.")
    last = changes[-1]
    where = f"run #{series[last.index].run} {_commit(series[last.index])}".rstrip()
    turn = "better" if _is_better(metric, last) else "worse"
    many = f"{len(changes)} changes of level" if len(changes) > 1 else "1 change of level"
    return capital(f"{count}, {many}; the last one {turn}, at {where}: {_size(metric, last)}.")


def _table(metric: Metric, series: Sequence[Point], changes: Sequence[ChangePoint]) -> Grid:
    """The last runs, and all at which the level changed."""
    at = {change.index: change for change in changes}
    places = sorted({*range(max(0, len(series) - _ROWS), len(series)), *at})
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    heads = [Column(name, "text") for name in ("run", "commit", "started")]
    return Grid(
        columns=(*heads, Column(title), Column("change", "text")),
        rows=tuple(_row(metric, series[place], at.get(place)) for place in places),
    )


def _row(metric: Metric, point: Point, change: ChangePoint | None) -> tuple[Cell, ...]:
    said = Cell("")
    if change is not None:
        better = _is_better(metric, change)
        said = Cell(f"{_size(metric, change)}, {'better' if better else 'worse'}", "good" if better else "bad")
    return (
        Cell(f"#{point.run}"),
        Cell(_commit(point)),
        Cell(point.started_at),
        Cell(figure(metric, point.value)),
        said,
    )
