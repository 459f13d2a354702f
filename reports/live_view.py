"""The report of a live run: which clock, whether the generator kept up, and what the arms came to."""

from collections.abc import Iterator, Sequence

from reports.bench_tables import arm_label, by_command, by_namespace, limit_cell
from reports.compare import Row, change, compare
from reports.document import Cell, Column, Document, Grid
from reports.measures import figures_of, measure_named
from reports.metrics import METRICS, Metric, figure
from reports.model import Arm, Run

__all__ = ["live_document", "live_lines"]

_DIGITS = 12
_SHOWN = (
    *(metric.key for metric in METRICS),
    "pss_mb_settled",
    "rss_mb_per_minute",
    "loop_lag_ms_p99",
    "waiting_messages_most",
    "redis_commands_per_message",
    "redis_round_trip_ms",
    "redis_memory_mb",
)
_PAIRED = (("response_ms", "response time of the same message"), ("cpu_ms", "CPU per message of the same round"))


def live_document(run: Run) -> Document:
    """The report of a run in real time. A run with doubts has no verdict, and says so first."""
    grids = (_metrics(run.arms), by_namespace(run.arms), by_command(run.arms))
    return Document(
        title=f"Live bench: {' against '.join(arm_label(arm) for arm in reversed(run.arms))}",
        lines=tuple(live_lines(run)),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=tuple(_notes(run)),
    )


def live_lines(run: Run) -> Iterator[str]:
    """The clock, the traffic, and the generator."""
    about, counters = run.conditions, run.arms[0].counters
    seconds = 60 * (run.trace.minutes or 0.0)
    yield (
        f"real time: {counters.get('rounds', 1)} rounds of {run.trace.messages:,} messages in {seconds:g} s, "
        f"workload {run.trace.workload}, seed {run.trace.seed}, trace {run.trace.digest[:_DIGITS]}"
    )
    versions = ", ".join(f"{name} {version}" for name, version in about.versions.items())
    took = f"measured in {run.wall_s or 0:.1f} s"
    yield f"Python {about.python}, {about.platform}, {about.cores} cores, {versions}, {took}"
    yield _generator(run.arms)
    for doubt in run.notes:
        yield f"NO VERDICT: {doubt}"


def _generator(arms: Sequence[Arm]) -> str:
    late = max(arm.measures.get("generator_late_ms_p99", 0.0) for arm in arms)
    share = max(arm.measures.get("generator_cpu_share", 0.0) for arm in arms)
    return f"generator: 99 % of the messages sent within {late:.1f} ms of their times, {100 * share:.0f} % of a core"


def _metrics(arms: Sequence[Arm]) -> Grid:
    shown = _shown(arms)
    changes = (Column("difference"),) if len(arms) > 1 else ()
    table = Grid(
        columns=(Column("metric", "text"), *(Column(arm_label(arm)) for arm in arms), *changes),
        rows=tuple(_row(metric, values) for metric, values in shown),
    )
    limits = {row.metric.key: row for row in compare(arms[0], arms[-1]) if row.limit is not None}
    return _with_limits(table, [limits.get(metric.key) for metric, _ in shown]) if limits else table


def _shown(arms: Sequence[Arm]) -> list[tuple[Metric, list[float | None]]]:
    """The figures that any arm has."""
    figures = [figures_of(arm) for arm in arms]
    rows = [(measure_named(key), [found.get(key) for found in figures]) for key in _SHOWN]
    return [(metric, values) for metric, values in rows if any(value is not None for value in values)]


def _with_limits(table: Grid, limits: Sequence[Row | None]) -> Grid:
    """The same table with a column more."""
    return Grid(
        columns=(*table.columns, Column("limit")),
        rows=tuple((*row, limit_cell(limit)) for row, limit in zip(table.rows, limits, strict=True)),
    )


def _row(metric: Metric, values: Sequence[float | None]) -> tuple[Cell, ...]:
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    shown = [Cell(figure(metric, value)) for value in values]
    return (Cell(title), *shown, *([_difference(metric, values[0], values[-1])] if len(values) > 1 else []))


def _difference(metric: Metric, baseline: float | None, candidate: float | None) -> Cell:
    """Never coloured: one difference of figures that vary is no evidence."""
    found = change(metric, baseline, candidate)
    if found is None:
        return Cell("-", "muted")
    if metric.unit == "%":
        return Cell(f"{found.absolute * metric.scale:+.{metric.digits}f} pts")
    if found.relative is None:
        return Cell(f"{found.absolute:+.{metric.digits}f}")
    return Cell(f"{100 * found.relative:+.1f} %")


def _notes(run: Run) -> Iterator[str]:
    for arm in run.arms[1:]:
        for name, title in _PAIRED:
            if f"{name}_paired" in arm.measures:
                yield f"{arm_label(arm)}, {title}: {_paired(arm, name)}"
    for arm in run.arms:
        if arm.counters.get("unanswered"):
            yield (
                f"{arm_label(arm)}: {arm.counters['unanswered']:,} messages were never answered. Each counts as the "
                "time for which it was waited, so the true response times are higher"
            )
    if any(arm.limits.hit_rate_best is not None for arm in run.arms):
        yield (
            f"limit: what no schedule of {arm_label(run.arms[-1])} could beat, by the reads that the same messages ask "
            "for in virtual time, with what was known before the measured part; x is how far from it"
        )
    yield "6.1 (metrics) is on in every arm: without it nobody outside of the process knows its hit rate"


def _paired(arm: Arm, name: str) -> str:
    middle, low, high, coverage = (arm.measures[f"{name}_paired{end}"] for end in ("", "_low", "_high", "_coverage"))
    between = (
        f"between {low:+.2f} and {high:+.2f} ms with {100 * coverage:.0f} % confidence" if coverage else "one round"
    )
    return f"median {middle:+.2f} ms, {between}"
