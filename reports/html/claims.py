"""The chart of an ablation: how much each item changes the measure that its claim is about."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from reports.ablation import Ablation, Comparison, Outcome
from reports.document import Cell, Column, Grid
from reports.html.chart import Chart, axis, layout, plain
from reports.measures import measure_named
from reports.verdicts import Pair, effect

__all__ = ["effects"]

_LEAST_PERCENT = -100.0
_MOST_PERCENT = 100.0
_ROW_PX = 38
_FRAME_PX = 140
_LOOKS: dict[str, tuple[str, str, str]] = {
    "in_phase": ("in the phase", "@last", "circle"),
    "alone": ("alone", "@arm1", "diamond-open"),
}


def effects(ablation: Ablation) -> Chart | None:
    """The effect of each item in its two comparisons; None where no item was compared."""
    outcomes = [one for one in ablation.outcomes if _effect(one, "in_phase") is not None]
    if not outcomes:
        return None
    names = [plain(f"{one.item} {one.title}") for one in outcomes]
    data = [_dots(outcomes, names, which) for which in ("in_phase", "alone")]
    return Chart(
        key="effects",
        title="What each item changes of its own measure",
        words=(
            "To the right is better, in percent of the measure without the item. Each has a measure and traffic of its "
            "own, so they must not be added up. In the phase: the whole phase with and without the item. Alone: the "
            "item and nothing else. What is beyond the edge is drawn on it."
        ),
        figure={
            "data": [one for one in data if one["x"]],
            "layout": layout(
                xaxis=axis("% better with the item", range=_range(data), zeroline=True, zerolinecolor="@muted"),
                yaxis={"automargin": True, "categoryorder": "array", "categoryarray": names[::-1]},
            ),
        },
        table=_table(outcomes),
        height_px=_FRAME_PX + _ROW_PX * len(outcomes),
        wide=True,
    )


def _range(data: Sequence[dict[str, Any]]) -> list[float]:
    """Zero and all that is drawn, with a margin."""
    found = [0.0, *(x for one in data for x in one["x"])]
    return [min(found) - 5, max(found) + 5]


def _effect(outcome: Outcome, which: Literal["in_phase", "alone"]) -> float | None:
    """In percent, positive where it is better; None where the two arms are the same one or were not measured."""
    compared: Comparison | None = getattr(outcome, which)
    if compared is None or compared.off_arm == compared.on_arm:
        return None
    found = effect(Pair(compared.off, compared.on), measure_named(outcome.measure).better)
    return None if found is None else 100 * found


def _dots(outcomes: Sequence[Outcome], names: Sequence[str], which: Literal["in_phase", "alone"]) -> dict[str, Any]:
    title, colour, symbol = _LOOKS[which]
    there = [
        (name, one, found)
        for name, one in zip(names, outcomes, strict=True)
        if (found := _effect(one, which)) is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": [round(min(_MOST_PERCENT, max(_LEAST_PERCENT, found)), 2) for _, _, found in there],
        "y": [name for name, _, _ in there],
        "text": [plain(f"{_percent(found)}: {measure_named(one.measure).title}") for _, one, found in there],
        "hovertemplate": "%{y}<br>%{text}",
        "cliponaxis": False,
        "marker": {"color": colour, "symbol": symbol, "size": 11, "line": {"color": colour, "width": 2}},
    }


def _percent(found: float) -> str:
    if math.isinf(found):
        return "from nothing"
    return f"{found:+.1f} %"


def _table(outcomes: Sequence[Outcome]) -> Grid:
    columns = (
        Column("item", "text"),
        Column("claim", "text"),
        Column("measure", "text"),
        Column("in the phase"),
        Column("alone"),
    )
    return Grid(columns=columns, rows=tuple(_row(one) for one in outcomes))


def _row(outcome: Outcome) -> tuple[Cell, ...]:
    found = [_effect(outcome, "in_phase"), _effect(outcome, "alone")]
    return (
        Cell(f"{outcome.item} {outcome.title}"),
        Cell(outcome.claim),
        Cell(measure_named(outcome.measure).title),
        *(Cell("-", "muted") if value is None else Cell(_percent(value)) for value in found),
    )
