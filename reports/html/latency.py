"""Charts of response times: percentiles up to the last message, and the whole distribution."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from reports.bench_tables import arm_label
from reports.document import Cell, Column, Grid, cells
from reports.html.chart import Chart, axis, capital, label, layout, shown, styles, thin
from reports.model import Arm
from reports.stats import percentile

__all__ = ["distribution", "percentiles"]

_FEW = 10
_PER_DECADE = 40
_NAMED = (50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999)
_BOUNDS_MS = (10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class _Times(msgspec.Struct, frozen=True):
    """Response times of an arm, ascending, and how many messages there were, with those that were never answered."""

    arm: Arm
    ordered: list[float]
    count: int

    @property
    def unanswered(self) -> int:
        return self.count - len(self.ordered)

    def at(self, percent: float) -> float | None:
        """The percentile over all messages; None where it falls on one that was never answered."""
        rank = math.ceil(round(percent * self.count / 100, 9))
        return self.ordered[rank - 1] if 1 <= rank <= len(self.ordered) else None


def percentiles(arms: Sequence[Arm]) -> Chart | None:
    """Response time over percentile, with as much room for the last percent as for the 90 before it.

    The axis is that of HdrHistogram's plots: 1 / (1 - percentile) on a log scale. None without samples.
    """
    times = _times(arms)
    if not times:
        return None
    most = max(one.count for one in times)
    ticks = [percent for percent in _NAMED if _place(percent) <= most]
    data = [_curve(one, _points(one), look) for one, look in zip(times, styles(len(times)), strict=True)]
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis(
                "percentile", type="log", tickvals=[_place(p) for p in ticks], ticktext=[f"{p:g}" for p in ticks]
            ),
            yaxis=_log_ms("response time, ms"),
            shapes=_few(most),
            annotations=_few_note(most),
        ),
    }
    return Chart(
        key="percentiles",
        title="Response time by percentile",
        words=" ".join([_percentile_words(times), _unanswered_words(times)]).strip(),
        figure=figure,
        table=_percentile_table(times, ticks),
        height_px=420,
        wide=True,
    )


def distribution(arms: Sequence[Arm]) -> Chart | None:
    """The share of messages that were answered within a time; None without samples."""
    times = _times(arms)
    if not times:
        return None
    data = []
    for one, look in zip(times, styles(len(times)), strict=True):
        ranks = thin(one.ordered)
        points = [(f"{rank / one.count:.2%}", one.ordered[rank - 1], rank / one.count) for rank in ranks]
        data.append(
            {**_curve(one, points, look, "%{text} within %{x:,.1f} ms"), "line": {**look.line(), "shape": "hv"}}
        )
    return Chart(
        key="distribution",
        title="Answered within a time (ECDF)",
        words=_distribution_words(times),
        figure={
            "data": data,
            "layout": layout(
                xaxis=_log_ms("response time, ms"),
                yaxis=axis("share of messages", tickformat=".0%", range=[0, 1.02]),
            ),
        },
        table=_distribution_table(times),
    )


def _times(arms: Sequence[Arm]) -> list[_Times]:
    found = []
    for arm in shown(arms):
        if arm.samples is not None and arm.samples.response_ms:
            ordered = sorted(ms for ms in arm.samples.response_ms if ms is not None)
            found.append(_Times(arm, ordered, len(arm.samples.response_ms)))
    return [one for one in found if one.ordered]


def _log_ms(title: str) -> dict[str, Any]:
    """A log axis with round figures that say how much they are: plotly.js writes 20 and 50 as 2 and 5."""
    marks = [step * 10**power for power in range(-1, 7) for step in (1, 2, 5)]
    return axis(title, type="log", tickvals=marks, ticktext=[f"{mark:,.10g}" for mark in marks])


def _place(percent: float) -> float:
    return round(1 / (1 - percent / 100), 6)


def _percents(count: int) -> list[float]:
    """From 0 to the last message but one, evenly on the axis; of more messages, more of it."""
    steps = round(_PER_DECADE * math.log10(count)) if count > 1 else 0
    found = [100 * (1 - 10 ** (-step / _PER_DECADE)) for step in range(1, steps + 1)]
    return [round(percent, 5) for percent in found if percent <= 100 * (1 - 1 / count) + 1e-9]


def _points(one: _Times) -> list[tuple[str, float, float | None]]:
    """Hover text, place and response time, up to the slowest message; its place is the number of messages."""
    points = [(f"p{percent:g}", _place(percent), one.at(percent)) for percent in _percents(one.count)]
    return [*points, ("slowest", float(one.count), one.at(100.0))]


def _curve(
    one: _Times, points: Sequence[tuple[str, float, float | None]], look: Any, hover: str = "%{text}: %{y:,.1f} ms"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label(one.arm),
        "x": [x if y is not None else None for _, x, y in points],
        "y": [round(y, 4) if y is not None else None for _, _, y in points],
        "text": [text for text, _, _ in points],
        "hovertemplate": hover,
        "line": look.line(),
    }


def _few(most: int) -> list[dict[str, Any]]:
    """A shade over the percentiles that a handful of messages make."""
    if most <= _FEW:
        return []
    shade = {"type": "rect", "xref": "x", "yref": "paper", "x0": most / _FEW, "x1": most, "y0": 0, "y1": 1}
    return [{**shade, "fillcolor": "@shade", "line": {"width": 0}, "layer": "below"}]


def _few_note(most: int) -> list[dict[str, Any]]:
    if most <= _FEW:
        return []
    return [
        {
            "x": 1,
            "y": 0.02,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "right",
            "yanchor": "bottom",
            "showarrow": False,
            "text": f"fewer than {_FEW}<br>messages",
            "font": {"size": 11, "color": "@muted"},
            "align": "right",
        }
    ]


def _percentile_words(times: Sequence[_Times]) -> str:
    """The median, p90 and p99 of the first and the last arm."""
    said = []
    for one in [times[0], *times[1:][-1:]]:
        values = [f"p{p:g} {value:,.0f} ms" for p in (50, 90, 99) if (value := one.at(p)) is not None]
        said.append(f"{arm_label(one.arm)}: {', '.join(values)}")
    return capital(f"{'; '.join(said)}.")


def _unanswered_words(times: Sequence[_Times]) -> str:
    """Messages without an answer count as slower than all others, so a curve ends where they begin."""
    missing = [f"{one.unanswered:,} of {arm_label(one.arm)}" for one in times if one.unanswered]
    return f"Never answered, and counted as slower than all others: {', '.join(missing)}." if missing else ""


def _percentile_table(times: Sequence[_Times], ticks: Sequence[float]) -> Grid:
    columns = (Column("percentile", "text"), *(Column(f"{arm_label(one.arm)}, ms") for one in times))
    rows = [(Cell(f"p{p:g}"), *(_cell(one.at(p)) for one in times)) for p in ticks]
    slowest = [one.ordered[-1] if not one.unanswered else None for one in times]
    return Grid(columns=columns, rows=(*rows, (Cell("slowest"), *map(_cell, slowest))))


def _cell(value_ms: float | None) -> Cell:
    return Cell("never answered", "bad") if value_ms is None else Cell(f"{value_ms:,.1f}")


def _within(one: _Times, bound_ms: float) -> float:
    return sum(ms <= bound_ms for ms in one.ordered) / one.count


def _distribution_words(times: Sequence[_Times]) -> str:
    middle = percentile(times[0].ordered, 50)
    said = [f"{arm_label(one.arm)} {_within(one, middle):.1%}" for one in [times[0], *times[1:][-1:]]]
    return f"Answered within {middle:,.0f} ms: {', '.join(said)}.".replace("%", " %")


def _distribution_table(times: Sequence[_Times]) -> Grid:
    columns = (Column("answered within", "text"), *(Column(f"{arm_label(one.arm)}, %") for one in times))
    bounds = [bound for bound in _BOUNDS_MS if bound <= 2 * max(one.ordered[-1] for one in times)]
    return Grid(
        columns=columns,
        rows=tuple(cells(f"{bound:,} ms", *(f"{100 * _within(one, bound):.2f}" for one in times)) for bound in bounds),
    )
