"""A trend on a terminal: a line of blocks with its changes marked, and tables."""

from collections.abc import Iterator, Sequence

from reports.change_points import ChangePoint
from reports.compare import change
from reports.document import Cell, Column, Document, Grid, Tone, cells
from reports.metrics import Metric, figure
from reports.runs_view import commit_label, day_and_minute
from reports.trend import Trend

__all__ = ["document", "overview", "sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 60
_LAST = 12
_SHORT = 24
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "same": "muted"}
_EXACT = "The figure is of virtual time and exact: every difference comes from the code or its settings."
_TIMED = (
    "The figure varies from run to run. A change is where E-divisive with a t-test finds one at p < 0.001; it is "
    "confirmed where Potts' functional puts one at most two runs away. A level shorter than three runs is not seen."
)


def document(trend: Trend) -> Document:
    """The page."""
    changes = Grid(
        title="Changes",
        columns=(
            Column("run"),
            *(Column(title, "text") for title in ("commit", "started (UTC)")),
            *(Column(title) for title in ("before", "after", "change")),
            Column("evidence", "text"),
        ),
        rows=tuple(_change(trend, one) for one in trend.changes),
    )
    last = Grid(
        title="The last runs",
        columns=(
            Column("run"),
            Column("commit", "text"),
            Column("started (UTC)", "text"),
            Column(_title(trend.metric)),
        ),
        rows=tuple(_rows(trend)),
    )
    return Document(
        title=f"Trend: {trend.metric.title} of {trend.points[-1].arm}",
        lines=tuple(_lines(trend)),
        grids=(changes, last) if changes.rows else (last,),
        notes=tuple(_notes(trend)),
    )


def overview(trends: Sequence[Trend]) -> Document:
    """A line for each of at least one figure: its last runs, the last value, and the last confirmed change."""
    columns = [Column("figure", "text"), Column(f"the last {_SHORT} runs", "text"), Column("last")]
    columns += [Column(title, "text") for title in ("changed last in run", "commit", "change")]
    worse = sum(one.is_worse for one in trends)
    what = f"{worse or 'no'} figure{'' if worse == 1 else 's'}"
    return Document(
        title=f"Trends of {trends[0].points[-1].arm}: {what} last changed for the worse",
        lines=(_basis(trends[0]),),
        grids=(Grid(columns=tuple(columns), rows=tuple(_summary(one) for one in trends)),),
        notes=("`pulse runs trend KEY`, as in response_ms_mean, shows one of them with all of its changes.",),
    )


def sparkline(values: Sequence[float]) -> str:
    """A block for each value, the least at the bottom; all in the middle where they are the same."""
    low, high = min(values), max(values)
    if low == high:
        return _BLOCKS[len(_BLOCKS) // 2] * len(values)
    return "".join(_BLOCKS[round((value - low) / (high - low) * (len(_BLOCKS) - 1))] for value in values)


def _lines(trend: Trend) -> Iterator[str]:
    shown = trend.points[-_WIDTH:]
    values = [point.value for point in trend.points]
    yield f"{_basis(trend)}, from {_shown(trend.metric, min(values))} to {_shown(trend.metric, max(values))}"
    yield sparkline(values[-_WIDTH:])
    marks = {one.index - len(trend.points) + len(shown): "^" if one.is_confirmed else "?" for one in trend.changes}
    line = "".join(marks.get(place, " ") for place in range(len(shown))).rstrip()
    if line:
        yield line


def _basis(trend: Trend) -> str:
    last = trend.points[-1]
    count = f"{len(trend.points):,} run{'' if len(trend.points) == 1 else 's'}"
    clock = "real processes" if trend.metric.process else f"{last.clock} time"
    return f"{count}, workload {last.workload or '-'}, trace {last.digest[:12]}, {clock}"


def _summary(trend: Trend) -> tuple[Cell, ...]:
    values, last, metric = [point.value for point in trend.points], trend.last_change, trend.metric
    facts = cells(_title(metric), sparkline(values[-_SHORT:]), figure(metric, values[-1]))
    if last is None:
        return (*facts, *cells("-", "-", "-"))
    point = trend.points[last.index]
    return (*facts, *cells(str(point.run), commit_label(point.commit)), _direction(metric, last))


def _direction(metric: Metric, one: ChangePoint) -> Cell:
    found = change(metric, one.before, one.after)
    direction = found.direction if found else "same"
    percent = "" if one.relative is None else f"{one.relative:+.1%} ".replace("%", " %")
    return Cell(f"{percent}{direction}", _TONES[direction])


def _change(trend: Trend, one: ChangePoint) -> tuple[Cell, ...]:
    point, metric = trend.points[one.index], trend.metric
    facts = cells(str(point.run), commit_label(point.commit), day_and_minute(point.started_at))
    values = cells(figure(metric, one.before), figure(metric, one.after))
    return (*facts, *values, _direction(metric, one), Cell(_evidence(trend, one)))


def _evidence(trend: Trend, one: ChangePoint) -> str:
    if trend.is_exact:
        return "exact"
    return f"p {one.p_value:.1g}, {'confirmed' if one.is_confirmed else 'by one method only'}"


def _rows(trend: Trend) -> Iterator[tuple[Cell, ...]]:
    changed = {one.index for one in trend.changes if one.is_confirmed}
    first = max(0, len(trend.points) - _LAST)
    for index, point in enumerate(trend.points[first:], start=first):
        value = Cell(figure(trend.metric, point.value), "strong" if index in changed else "plain")
        yield (*cells(str(point.run), commit_label(point.commit), day_and_minute(point.started_at)), value)


def _notes(trend: Trend) -> Iterator[str]:
    yield _EXACT if trend.is_exact else _TIMED
    if trend.left_out:
        others = "One other run was" if trend.left_out == 1 else f"{trend.left_out:,} other runs were"
        what = "arm, switches, trace or clock" if trend.is_exact else "arm, switches, trace, clock, processor or Python"
        yield f"{others} left out, for a difference from the last one in {what}."


def _title(metric: Metric) -> str:
    return f"{metric.title}, {metric.unit}" if metric.unit else metric.title


def _shown(metric: Metric, value: float) -> str:
    return f"{figure(metric, value)} {metric.unit}".rstrip()
