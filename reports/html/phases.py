"""Waterfalls: what each step from the first arm to the last one contributed to a metric."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from reports.bench_tables import arm_label
from reports.compare import limit_of
from reports.document import Cell, Column, Grid
from reports.html.chart import Chart, axis, label, layout, plain
from reports.metrics import METRICS, Metric, figure, value_of
from reports.model import Arm
from reports.targets import target_of

__all__ = ["waterfalls"]

_KEYS = (
    "response_ms_mean",
    "hit_rate",
    "upstream_calls_per_message",
    "redis_round_trips_per_message",
    "rss_mb_settled",
    "cpu_ms_per_message",
)
_LEAST_ARMS = 3


def waterfalls(arms: Sequence[Arm]) -> list[Chart]:
    """One for each of the main metrics that all arms have; none of fewer than three arms."""
    if len(arms) < _LEAST_ARMS:
        return []
    metrics = [metric for metric in METRICS if metric.key in _KEYS]
    return [_waterfall(m, arms) for m in metrics if all(value_of(arm.metrics, m) is not None for arm in arms)]


def _waterfall(metric: Metric, arms: Sequence[Arm]) -> Chart:
    values = [metric.scale * (value_of(arm.metrics, metric) or 0.0) for arm in arms]
    lines = _lines(metric, arms[-1], values)
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    return Chart(
        key=f"waterfall-{metric.key}",
        title=f"{metric.title}, step by step",
        words=_words(metric, arms, values),
        figure={
            "data": [_bars(metric, [label(arm) for arm in arms], values)],
            "layout": layout(
                showlegend=False,
                xaxis={"type": "category", "automargin": True},
                yaxis=axis(plain(title), rangemode="tozero"),
                shapes=[shape for shape, _ in lines],
                annotations=[note for _, note in lines],
            ),
        },
        table=_table(metric, arms, values),
        height_px=400,
    )


def _bars(metric: Metric, names: Sequence[str], values: Sequence[float]) -> dict[str, Any]:
    steps = [round(now - then, 6) for then, now in pairwise(values)]
    texts = [f"{values[0]:,.{metric.digits}f}", *(_signed(metric, step) for step in steps[:-1])]
    texts += [_signed(metric, steps[-1]), f"{values[-1]:,.{metric.digits}f}"]
    good, bad = {"marker": {"color": "@good"}}, {"marker": {"color": "@bad"}}
    return {
        "type": "waterfall",
        "name": plain(metric.title),
        "measure": ["absolute", *("relative" for _ in steps), "total"],
        "x": [*names, "in all"],
        "y": [round(values[0], 6), *steps, None],
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{x}: %{text}",
        "connector": {"line": {"color": "@grid", "width": 1}},
        "increasing": good if metric.better == "higher" else bad,
        "decreasing": bad if metric.better == "higher" else good,
        "totals": {"marker": {"color": "@last"}},
        "showlegend": False,
    }


def _signed(metric: Metric, step: float) -> str:
    return f"{step:+,.{metric.digits}f}" if step else "0"


def _lines(metric: Metric, last: Arm, values: Sequence[float]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The roadmap's target and the limit of the last arm, where there is one, and where it is on the picture."""
    target, limit = target_of(metric.key), limit_of(metric, last)
    found = [("target", target.bound * metric.scale if target else None, "@target", "dash")]
    found.append(("limit", limit * metric.scale if limit is not None else None, "@limit", "dot"))
    return [
        _line(name, at, colour, dash, metric)
        for name, at, colour, dash in found
        if at is not None and at <= 2 * max(values)
    ]


def _line(name: str, at: float, colour: str, dash: str, metric: Metric) -> tuple[dict[str, Any], dict[str, Any]]:
    shape = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at}
    note = {"xref": "paper", "x": 1, "xanchor": "right", "y": at, "yanchor": "bottom", "showarrow": False}
    text = f"{name} {at:,.{metric.digits}f}"
    return {**shape, "line": {"color": colour, "dash": dash, "width": 1.5}}, {
        **note,
        "text": text,
        "font": {"color": colour, "size": 11},
        "bgcolor": "@paper",
    }


def _words(metric: Metric, arms: Sequence[Arm], values: Sequence[float]) -> str:
    gains = [(now - then) * (1 if metric.better == "higher" else -1) for then, now in pairwise(values)]
    unit = "points" if metric.unit == "%" else metric.unit
    whole = f"From {values[0]:,.{metric.digits}f} to {values[-1]:,.{metric.digits}f} {metric.unit}".rstrip()
    best = max(range(len(gains)), key=lambda place: (gains[place], -place))
    if gains[best] <= 0:
        return f"{whole}; no step made it better."
    most = f"{gains[best]:,.{metric.digits}f} {unit}".rstrip()
    return f"{whole}; {arm_label(arms[best + 1])} contributed most, {most}."


def _table(metric: Metric, arms: Sequence[Arm], values: Sequence[float]) -> Grid:
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    steps = [Cell("-", "muted"), *(Cell(_signed(metric, round(now - then, 6))) for then, now in pairwise(values))]
    return Grid(
        columns=(Column("arm", "text"), Column(title), Column("step")),
        rows=tuple(
            (Cell(arm_label(arm)), Cell(figure(metric, value_of(arm.metrics, metric))), step)
            for arm, step in zip(arms, steps, strict=True)
        ),
    )
