"""The sections of load runs and of searches for a capacity."""

import math
from collections.abc import Sequence
from typing import Any

from reports import capacity, load_view
from reports.capacity import Capacity, Trial
from reports.document import Cell, Column, Grid
from reports.html.chart import Chart, axis, capital, layout, plain
from reports.html.contents import Section, machine
from reports.html.over_time import line_chart
from reports.load import LoadRun
from reports.model import Timeline
from reports.rss import Rss
from reports.slo import Limit, shown

__all__ = ["of_capacity", "of_load"]

_MINUTE_S = 60.0
_TABLE_ROWS = 24
_APART = 1.4
_NO_RSS = "Memory: the bot is no process of the machine that measured."


def of_load(run: LoadRun) -> Section:
    """What it did over time, held against its limits."""
    document = load_view.document(run)
    charts = [line_chart([(_name(run.target), _timeline(run))]), *([_memory(run)] if run.rss and run.rss.at_s else [])]
    return Section(
        title=_title(run),
        kicker=document.title,
        lines=document.lines,
        alarm=f"NO VERDICT: {run.refused}." if run.refused else "",
        facts=document.grids[:-1],
        charts=tuple(chart for chart in charts if chart is not None),
        details=document.grids[-1:],
        conditions=(
            ("Clock", "real"),
            ("Questions", f"{run.workload}, of {run.people:,} people" if run.workload else ""),
            ("Seed", str(run.seed)),
            *machine(run.conditions, None),
        ),
        notes=document.notes,
        missing=() if run.rss else (_NO_RSS,),
    )


def of_capacity(found: Capacity) -> Section:
    """The bracket, and every trial: a chart for each limit of a time."""
    document = capacity.document(found)
    limits = [one.limit for one in found.trials[0].outcome.judged] if found.trials else []
    holds = found.bracket.holds
    charts = (_trials(found.trials, place, limit) for place, limit in enumerate(limits))
    return Section(
        title=f"{_name(found.target)} holds {f'{holds.rate:,.1f} messages/s' if holds else 'no rate'}",
        kicker=document.title,
        lines=document.lines,
        alarm=f"NO VERDICT: {found.refused}." if found.refused else "",
        facts=document.grids,
        charts=tuple(chart for chart in charts if chart is not None),
        conditions=(("Clock", found.clock), ("Seed", str(found.seed)), *machine(found.conditions, None)),
        notes=document.notes,
    )


def _title(run: LoadRun) -> str:
    verdict = {0: "held its limits", 1: "crossed a limit", 3: "has no verdict", 4: "measured nothing"}[run.code]
    limited = run.outcome or run.crossing or run.slope_limit or run.code
    return f"{_name(run.target)} under {run.profile}{f' {verdict}' if limited else ''}"


def _name(target: str) -> str:
    """Phase 6 for phase-6; an address as it is."""
    return capital(target.replace("-", " ", 1)) if target.startswith("phase-") else target


def _timeline(run: LoadRun) -> Timeline:
    """A window is an interval; what is infinite, as too few were answered, has no place on an axis."""
    windows = run.windows
    series: dict[str, tuple[float | None, ...]] = {
        "messages_per_s": tuple(one.offered_per_s for one in windows),
        "response_ms_p50": tuple(_finite(one.p50_ms) for one in windows),
        "response_ms_p99": tuple(_finite(one.p99_ms) for one in windows),
        "unanswered_messages": tuple(float(one.errors) for one in windows),
    }
    if run.rss:
        series["rss_mb"] = tuple(run.rss.at(one.end_s) for one in windows)
    return Timeline(at_s=tuple(one.end_s for one in windows), series=series)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _memory(run: LoadRun) -> Chart:
    """Every reading, over the messages that had been sent."""
    rss = run.rss or Rss(at_s=(), messages=(), rss_mb=())
    growth = run.growth
    warm_up = [_edge(growth.warm_up)] if growth else []
    return Chart(
        key="memory",
        title="Memory over messages",
        words=_memory_words(rss) + (" What comes before the line is warm-up." if growth else ""),
        figure={
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": "RSS",
                    "x": list(rss.messages),
                    "y": [round(value, 3) for value in rss.rss_mb],
                    "line": {"color": "@last", "width": 2, "shape": "hv"},
                    "hovertemplate": "%{y:,.1f} MB after %{x:,} messages",
                }
            ],
            "layout": layout(
                xaxis=axis("messages sent"), yaxis=axis("RSS, MB", rangemode="normal"), shapes=warm_up, showlegend=False
            ),
        },
        table=_memory_table(rss),
        height_px=320,
        wide=True,
    )


def _edge(at: float) -> dict[str, Any]:
    """A line from bottom to top."""
    line = {"color": "@limit", "width": 1.5, "dash": "dot"}
    return {"type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _memory_words(rss: Rss) -> str:
    count = len(rss.rss_mb)
    first, last, most = rss.rss_mb[0], rss.rss_mb[-1], max(rss.rss_mb)
    return f"From {first:,.1f} MB to {last:,.1f} MB, {most:,.1f} MB at most, in {count:,} readings."


def _memory_table(rss: Rss) -> Grid:
    step = -(-len(rss.at_s) // _TABLE_ROWS)
    picked = sorted({*range(0, len(rss.at_s), step), len(rss.at_s) - 1})
    return Grid(
        columns=(Column("minutes"), Column("messages"), Column("RSS, MB")),
        rows=tuple(
            (
                Cell(f"{rss.at_s[place] / _MINUTE_S:,.1f}"),
                Cell(f"{rss.messages[place]:,}"),
                Cell(f"{rss.rss_mb[place]:,.1f}"),
            )
            for place in picked
        ),
    )


def _trials(trials: Sequence[Trial], place: int, limit: Limit) -> Chart | None:
    """What one limit saw at each rate, and the limit; None where it saw nothing, as errors that never were."""
    points = [(trial, trial.outcome.judged[place].value) for trial in trials]
    if not any(value for _, value in points):
        return None
    scale, unit, digits = (100.0, "%", 3) if limit.kind == "errors" else (1.0, "ms", 1)
    drawn = [(trial, scale * value) for trial, value in points if math.isfinite(value)]
    rates = sorted({trial.rate for trial in trials})
    title = plain(f"{limit.text.partition('<')[0].strip()}, {unit}")
    return Chart(
        key=f"trials-{place}",
        title=f"{limit.text} by rate",
        words=_trials_words(points, limit),
        figure={
            "data": [_bound(rates, scale * limit.bound), *_dots(drawn, unit, digits)],
            "layout": layout(
                xaxis=axis("messages a second", type="log", tickvals=_apart(rates), tickformat=",.4~g"),
                yaxis=axis(title, **({"rangemode": "tozero"} if limit.kind == "errors" else {"type": "log"})),
            ),
        },
        table=_trials_table(points, limit),
    )


def _bound(rates: Sequence[float], bound: float) -> dict[str, Any]:
    """A line across all rates."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "limit",
        "x": [rates[0], rates[-1]],
        "y": [bound, bound],
        "line": {"color": "@limit", "width": 2, "dash": "dash"},
        "hoverinfo": "skip",
    }


def _apart(rates: Sequence[float]) -> list[float]:
    """Rates to write at the axis, none too close to the one before."""
    found = list(rates[:1])
    for rate in rates[1:]:
        if rate >= _APART * found[-1]:
            found.append(rate)
    return found


def _dots(drawn: Sequence[tuple[Trial, float]], unit: str, digits: int) -> list[dict[str, Any]]:
    """Trials by their verdict on all limits together."""
    found = []
    for name, symbol, colour in (
        ("holds", "circle", "@good"),
        ("fails", "x", "@bad"),
        ("not judged", "circle-open", "@base"),
    ):
        there = [(trial.rate, round(value, 4)) for trial, value in drawn if _verdict(trial) == name]
        if there:
            found.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": name,
                    "x": [rate for rate, _ in there],
                    "y": [value for _, value in there],
                    "marker": {"symbol": symbol, "size": 11, "color": colour},
                    "hovertemplate": f"%{{y:,.{digits}f}} {unit} at %{{x:,.1f}}/s",
                }
            )
    return found


def _verdict(trial: Trial) -> str:
    if trial.refused:
        return "not judged"
    return "holds" if trial.outcome.held else "fails"


def _trials_words(points: Sequence[tuple[Trial, float]], limit: Limit) -> str:
    crossed = sum(not limit.holds(value) for _, value in points)
    missing = sum(not math.isfinite(value) for _, value in points)
    said = f"{len(points)} trials, of which {crossed} crossed this limit."
    return f"{said} {missing} of them are not drawn, as too few messages were answered." if missing else said


def _trials_table(points: Sequence[tuple[Trial, float]], limit: Limit) -> Grid:
    rows = (
        (Cell(f"{trial.rate:,.1f}"), Cell(shown(limit, value)), Cell(_verdict(trial)))
        for trial, value in sorted(points, key=lambda pair: pair[0].rate)
    )
    return Grid(columns=(Column("messages/s"), Column(limit.text), Column("verdict", "text")), rows=tuple(rows))
