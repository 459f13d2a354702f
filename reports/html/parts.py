"""Charts of a run's parts: its commands, and the namespaces of its cache beside what was possible."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.bench_tables import arm_label, by_command, by_namespace
from reports.document import Cell, Column, Grid
from reports.html.chart import Chart, axis, capital, label, layout, plain, styles
from reports.model import Arm, NamespaceHits
from reports.stats import Summary, hit_rate

__all__ = ["commands", "namespaces"]

_ROW_PX = 28
_FRAME_PX = 130
_ALL = "all reads"
_HEAVIEST = "Mean of each command; the one at the top takes the most time in all."


def commands(arms: Sequence[Arm]) -> Chart | None:
    """The mean response time of each command, first arm to last, the heaviest first; None without any."""
    first, last = arms[0].response_ms_by_command, arms[-1].response_ms_by_command
    names = sorted({*first, *last}, key=lambda name: (_weight(first.get(name), last.get(name)), name))
    if not names:
        return None
    looks = styles(min(len(arms), 2))
    ends = [(arms[0], first), (arms[-1], last)][-len(looks) :]
    dots = [_dots(arm, names, found, look) for (arm, found), look in zip(ends, looks, strict=True)]
    return Chart(
        key="commands",
        title="Response time by command",
        words=" ".join([_HEAVIEST, _commands_words(first, last)]).strip(),
        figure={
            "data": [_lines([name for name in names if len(ends) > 1], first, last), *dots],
            "layout": layout(
                xaxis=axis("mean response time, ms", range=_range([*first.values(), *last.values()])),
                yaxis={"automargin": True, "categoryorder": "array", "categoryarray": list(map(plain, names))},
            ),
        },
        table=by_command(arms),
        height_px=_FRAME_PX + _ROW_PX * len(names),
    )


def _lines(names: Sequence[str], first: Mapping[str, Summary], last: Mapping[str, Summary]) -> dict[str, Any]:
    """From the dot of the first arm to that of the last one."""
    both = [name for name in names if name in first and name in last]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for name in both for x in (first[name].mean, last[name].mean, None)],
        "y": [y for name in both for y in (plain(name), plain(name), None)],
        "line": {"color": "@between", "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _dots(arm: Arm, names: Sequence[str], found: dict[str, Summary], look: Any) -> dict[str, Any]:
    there = [name for name in names if name in found]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label(arm),
        "x": [round(found[name].mean, 3) for name in there],
        "y": [plain(name) for name in there],
        "text": [f"p99 {found[name].p99:,.1f} ms, {found[name].count:,} messages" for name in there],
        "hovertemplate": "%{y}: %{x:,.1f} ms<br>%{text}",
        "cliponaxis": False,
        "marker": {"color": look.colour, "symbol": look.symbol, "size": 11, "line": {"color": look.colour, "width": 2}},
    }


def _range(found: Sequence[Summary]) -> list[float]:
    """From 0, with room for a dot at both ends."""
    most = max(summary.mean for summary in found) or 1.0
    return [-0.03 * most, 1.06 * most]


def _weight(first: Summary | None, last: Summary | None) -> float:
    found = last or first
    return found.count * found.mean if found else 0.0


def _commands_words(first: dict[str, Summary], last: dict[str, Summary]) -> str:
    """Those that gained and lost most in all."""
    gains = {name: (first[name].mean - last[name].mean) * last[name].count for name in first.keys() & last.keys()}
    if not any(gains.values()):
        return ""
    best, worst = max(gains, key=lambda n: (gains[n], n)), min(gains, key=lambda n: (gains[n], n))
    said = []
    if gains[best] > 0:
        said.append(f"Most was saved on {best}: {first[best].mean:,.1f} to {last[best].mean:,.1f} ms.")
    if gains[worst] < 0:
        said.append(f"Most was lost on {worst}: {first[worst].mean:,.1f} to {last[worst].mean:,.1f} ms.")
    return " ".join(said)


def namespaces(arms: Sequence[Arm]) -> Chart | None:
    """Hit rates beside the best possible ones; None where nothing cacheable was read."""
    names = _namespace_names(arms)
    if not names:
        return None
    places = [_ALL, *names]
    ends = arms if len(arms) == 1 else [arms[0], arms[-1]]
    looks = styles(len(ends))
    bars = [_bars(arm, places, look) for arm, look in zip(ends, looks, strict=True)]
    # a category axis begins below: the first name is to be on top, and the last arm above the first in each
    return Chart(
        key="namespaces",
        title="Cache hit rate beside the best possible",
        words=_namespaces_words(arms[-1]),
        figure={
            "data": [*bars, _ceilings(arms[-1], places)],
            "layout": layout(
                barmode="group",
                bargap=0.3,
                xaxis=axis("hit rate", tickformat=".0%", range=[0, 1.04]),
                yaxis={
                    "automargin": True,
                    "categoryorder": "array",
                    "categoryarray": [plain(name) for name in reversed(places)],
                },
            ),
        },
        table=_namespace_table(arms),
        height_px=_FRAME_PX + 44 * len(places),
    )


def _namespace_names(arms: Sequence[Arm]) -> list[str]:
    """The most asked for first."""
    asked: dict[str, int] = {}
    for arm in arms:
        for name, hits in arm.hits_by_namespace.items():
            asked[name] = max(asked.get(name, 0), hits.asked)
    return sorted(asked, key=lambda name: (-asked[name], name))


def _bars(arm: Arm, places: Sequence[str], look: Any) -> dict[str, Any]:
    rates = [_rate(arm, place) for place in places]
    return {
        "type": "bar",
        "orientation": "h",
        "name": label(arm),
        "x": [round(rate, 5) if rate is not None else None for rate in rates],
        "y": [plain(place) for place in places],
        "hovertemplate": "%{y}: %{x:.1%}",
        "marker": {"color": look.colour},
    }


def _ceilings(arm: Arm, places: Sequence[str]) -> dict[str, Any]:
    best = [(place, value) for place in places if (value := _best(arm, place)) is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"best possible for {label(arm)}",
        "x": [round(value, 5) for _, value in best],
        "y": [plain(place) for place, _ in best],
        "hovertemplate": "%{y}: %{x:.1%} at best",
        "marker": {"symbol": "line-ns-open", "size": 26, "color": "@limit", "line": {"width": 3, "color": "@limit"}},
    }


def _rate(arm: Arm, place: str) -> float | None:
    if place == _ALL:
        return arm.metrics.hit_rate
    hits = arm.hits_by_namespace.get(place)
    return hit_rate(hits.hits, hits.asked) if hits and hits.asked else None


def _best(arm: Arm, place: str) -> float | None:
    if place == _ALL:
        return arm.limits.hit_rate_best
    hits = arm.hits_by_namespace.get(place)
    return hits.hit_rate_best if hits else None


def _namespaces_words(arm: Arm) -> str:
    best = arm.limits.hit_rate_best
    if best is None:
        return capital(f"{arm_label(arm)}: {arm.metrics.hit_rate:.1%} in all.").replace("%", " %")
    said = f"{arm_label(arm)}: {arm.metrics.hit_rate:.1%} of {best:.1%} possible in all."
    misses = {name: room for name, hits in arm.hits_by_namespace.items() if (room := _room(hits)) > 0}
    if misses:
        name = max(misses, key=lambda key: (misses[key], key))
        said += f" Most is left in {name}: {misses[name]:,.0f} reads that an ideal cache would have answered."
    return capital(said).replace("%", " %")


def _room(hits: NamespaceHits) -> float:
    """Reads that the ideal cache would have answered and this one did not."""
    return 0.0 if hits.hit_rate_best is None else round(hits.hit_rate_best * hits.asked - hits.hits, 6)


def _namespace_table(arms: Sequence[Arm]) -> Grid:
    """The report's own table, with the best possible beside it."""
    grid = by_namespace(arms)
    place = 1 + len(arms)
    best = [arms[-1].hits_by_namespace.get(row[0].text) for row in grid.rows]
    return Grid(
        title="",
        columns=(*grid.columns[:place], Column("best possible"), *grid.columns[place:]),
        rows=tuple((*row[:place], _share(hits), *row[place:]) for row, hits in zip(grid.rows, best, strict=True)),
    )


def _share(hits: NamespaceHits | None) -> Cell:
    if hits is None or hits.hit_rate_best is None:
        return Cell("-", "muted")
    return Cell(f"{100 * hits.hit_rate_best:.1f}")
