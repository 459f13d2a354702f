"""The chart of a run over time: every series that was measured, on one axis."""

from collections.abc import Sequence
from typing import Any

import msgspec

from reports.bench_tables import arm_label
from reports.document import Cell, Column, Grid
from reports.html.chart import Chart, Style, axis, capital, layout, plain, styles
from reports.model import Arm, Timeline

__all__ = ["SERIES", "Series", "line_chart", "over_time"]

_ROW_PX = 150
_FRAME_PX = 120
_GAP = 0.035
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_UP_TO_S = {"s": 180.0, "min": 5400.0}


class Series(msgspec.Struct, frozen=True):
    """How a series of a timeline is called, in which unit it is shown, and with how many decimals."""

    key: str
    title: str
    unit: str = ""
    digits: int = 1
    scale: float = 1.0
    of_traffic: bool = False


SERIES = (
    Series("messages_per_s", "messages", "/s", 2, of_traffic=True),
    Series("response_ms_p50", "response p50", "ms"),
    Series("response_ms_p90", "response p90", "ms"),
    Series("response_ms_p99", "response p99", "ms"),
    Series("unanswered_messages", "unanswered", "messages", 0),
    Series("hit_rate", "hit rate", "%", 1, 100.0),
    Series("rss_mb", "RSS", "MB"),
    Series("pss_mb", "PSS", "MB"),
    Series("in_hand_messages", "in hand", "messages", 2),
    Series("waiting_messages", "waiting in lanes", "messages", 0),
    Series("upstream_calls_per_s", "upstream calls", "/s", 2),
    Series("redis_round_trips_per_s", "Redis round trips", "/s", 2),
    Series("redis_commands_per_s", "Redis commands", "/s", 1),
    Series("redis_memory_mb", "Redis memory", "MB"),
    Series("loop_lag_ms", "loop lag", "ms"),
    Series("cpu_ms_per_message", "CPU per message", "ms", 3),
)
"""Those with a name of their own, from top to bottom; others follow by their keys. Traffic is the same for all arms."""

_Timed = tuple[str, Timeline]
_UNITS = {"ms": "ms", "mb": "MB", "s": "s", "percent": "%", "messages": "messages"}


def over_time(arms: Sequence[Arm]) -> Chart | None:
    """The first and the last arm over time; None where neither has a timeline."""
    return line_chart(_ends(arms))


def line_chart(ends: Sequence[_Timed]) -> Chart | None:
    """One timeline, or two beside each other, by what they are of; None where there is nothing in them."""
    rows = _rows([line for _, line in ends])
    if not rows:
        return None
    unit = _unit(max(line.at_s[-1] for _, line in ends))
    unit_s = _SECONDS[unit]
    looks = {name: look for (name, _), look in zip(ends, styles(len(ends)), strict=True)}
    data = [
        _curve(name, line, series, looks[name], (place, unit, unit_s))
        for place, series in enumerate(rows, 1)
        for name, line in _of(series, ends)
    ]
    return Chart(
        key="timeline",
        title="Over time",
        words=_words(ends, unit),
        figure={"data": _with_legend(data), "layout": _layout(rows, unit)},
        table=_table(rows, ends, unit, unit_s),
        height_px=_FRAME_PX + _ROW_PX * len(rows),
        wide=True,
    )


def _unit(longest_s: float) -> str:
    return next((unit for unit, most_s in _UP_TO_S.items() if longest_s <= most_s), "h")


def _ends(arms: Sequence[Arm]) -> list[_Timed]:
    """The first and the last arm with a timeline: more curves than two hide each other here."""
    timed = [(arm_label(arm), arm.timeline) for arm in arms if arm.timeline is not None and arm.timeline.at_s]
    return [*timed[:1], *timed[1:][-1:]]


def _of(series: Series, ends: Sequence[_Timed]) -> list[_Timed]:
    """The arms that have a series; what is the same for all of them is drawn once."""
    found = [(name, line) for name, line in ends if series.key in line.series]
    return found[-1:] if series.of_traffic else found


def _rows(lines: Sequence[Timeline]) -> list[Series]:
    """The series that ever are anything but nothing."""
    return [series for series in _known(lines) if any(any(line.series.get(series.key, ())) for line in lines)]


def _known(lines: Sequence[Timeline]) -> list[Series]:
    """The series there are, those of the catalogue first."""
    keys = list(dict.fromkeys(key for line in lines for key in line.series))
    names = {series.key for series in SERIES}
    return [*(s for s in SERIES if s.key in keys), *(_unnamed(key) for key in keys if key not in names)]


def _unnamed(key: str) -> Series:
    words = key.split("_")
    return Series(key, " ".join(words[:-1] or words), _UNITS.get(words[-1], words[-1] if len(words) > 1 else ""), 2)


def _curve(name: str, line: Timeline, series: Series, look: Style, where: tuple[int, str, float]) -> dict[str, Any]:
    place, unit, unit_s = where
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(name),
        "legendgroup": plain(name),
        "x": [round(at_s / unit_s, 4) for at_s in line.at_s],
        "y": [None if value is None else round(value * series.scale, 4) for value in line.series[series.key]],
        "yaxis": f"y{place if place > 1 else ''}",
        "xaxis": "x",
        "line": {"color": "@ink", "width": 1.5} if series.of_traffic else {**look.line(), "width": 1.8},
        "hovertemplate": f"%{{y:,.{series.digits}f}} {plain(series.unit)} ({plain(series.title)}), %{{x:.1f}} {unit}",
        "showlegend": False,
    }


def _with_legend(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each arm, at the first of its curves that is not of the traffic."""
    seen: set[str] = set()
    for curve in data:
        if curve["line"]["color"] != "@ink" and curve["name"] not in seen:
            seen.add(curve["name"])
            curve["showlegend"] = True
    return data


def _layout(rows: Sequence[Series], unit: str) -> dict[str, Any]:
    """One panel below the other, in the order of the rows."""
    height = (1 - _GAP * (len(rows) - 1)) / len(rows)
    axes: dict[str, Any] = {}
    for place, series in enumerate(rows):
        top = 1 - place * (height + _GAP)
        title = f"{plain(series.title)}<br>{plain(series.unit)}"
        axes[f"yaxis{place + 1 if place else ''}"] = axis(
            title, domain=[max(0.0, round(top - height, 5)), round(top, 5)], rangemode="tozero", nticks=5
        )
    last = f"y{len(rows)}" if len(rows) > 1 else "y"
    return layout(xaxis=axis(f"{unit} from the start", anchor=last), hovermode="x", **axes)


def _words(ends: Sequence[_Timed], unit: str) -> str:
    count = len(ends[-1][1].at_s)
    said = [f"{count} intervals; the table has the lowest and the highest one of each series."]
    name, line = ends[-1]
    medians = zip(line.at_s, line.series.get("response_ms_p50", ()), strict=False)
    slowest = max(((value, -at_s) for at_s, value in medians if value is not None), default=None)
    if slowest is not None:
        when = -slowest[1] / _SECONDS[unit]
        said.append(f"{capital(name)} was slowest around {when:,.0f} {unit}: median {slowest[0]:,.0f} ms.")
    return " ".join(said)


def _table(rows: Sequence[Series], ends: Sequence[_Timed], unit: str, unit_s: float) -> Grid:
    """Ten stretches would hide the peaks and sixty rows of everything nobody reads: each series by its extremes."""
    columns = [Column("series", "text"), Column("arm", "text")]
    columns += [Column(title) for title in ("lowest", f"at, {unit}", "highest", f"at, {unit}", "last")]
    return Grid(
        columns=tuple(columns),
        rows=tuple(_extremes(series, name, line, unit_s) for series in rows for name, line in _of(series, ends)),
    )


def _extremes(series: Series, arm: str, line: Timeline, unit_s: float) -> tuple[Cell, ...]:
    found = [(value, at_s) for at_s, value in zip(line.at_s, line.series[series.key], strict=True) if value is not None]
    name = f"{capital(series.title)}, {series.unit}" if series.unit else capital(series.title)
    head = (Cell(name), Cell(arm))
    if not found:
        return (*head, *(Cell("-", "muted") for _ in range(5)))
    low, high = min(found), max(found, key=lambda pair: (pair[0], -pair[1]))
    shown_as = [f"{value * series.scale:,.{series.digits}f}" for value in (low[0], high[0], found[-1][0])]
    at = [f"{at_s / unit_s:.1f}" for at_s in (low[1], high[1])]
    return (*head, Cell(shown_as[0]), Cell(at[0]), Cell(shown_as[1]), Cell(at[1]), Cell(shown_as[2]))
