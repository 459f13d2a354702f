"""Two files of pytest-benchmark side by side, as a report."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reports.benchmarks import BenchmarkRow, BenchmarksComparison, BenchmarkStats
from reports.document import Cell, Column, Document, Grid, Tone, cells

__all__ = ["document", "duration"]

_TONES: dict[str, Tone] = {"faster": "good", "slower": "bad"}
_UNITS = ((1e-6, 1e9, "ns"), (1e-3, 1e6, "us"), (1.0, 1e3, "ms"), (float("inf"), 1.0, "s"))
_RULE = (
    "A difference is within noise where the quartiles of both sides overlap, or the fastest rounds say the opposite. "
    "Two sessions are never quite alike: what counts should come again in a second pair of them, in the other order."
)


def document(comparison: BenchmarksComparison) -> Document:
    """The report."""
    labels = _labels([row.name for row in comparison.rows])
    columns = [Column("benchmark", "text")]
    columns += [Column(f"{what} {side}") for what in ("mean", "median") for side in ("before", "after")]
    columns += [Column("IQR, % of median"), Column("ratio"), Column("ratio of min"), Column("outcome", "text")]
    differences = Grid(
        title="What else was not the same",
        columns=(Column("condition", "text"), Column("before", "text"), Column("after", "text")),
        rows=tuple(cells(*one) for one in comparison.differences),
    )
    rows = Grid(columns=tuple(columns), rows=tuple(_row(row, labels[row.name]) for row in comparison.rows))
    return Document(
        title=f"Compare: {comparison.after} against {comparison.before}",
        lines=tuple(_lines(comparison)),
        grids=(rows, differences) if differences.rows else (rows,),
        notes=(_RULE,),
    )


def duration(time_s: float) -> str:
    """A time in the unit that suits it, with four digits or so."""
    scale, unit = next((scale, unit) for below, scale, unit in _UNITS if time_s < below)
    value = time_s * scale
    return f"{value:,.{max(0, 3 - len(str(int(value))))}f} {unit}"


def _lines(comparison: BenchmarksComparison) -> Iterator[str]:
    counts = Counter(row.outcome for row in comparison.rows)
    yield ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("slower", "faster", "within noise"))
    missing = [f"{counts[outcome]} {outcome}" for outcome in ("only before", "only after") if counts[outcome]]
    if missing:
        yield ", ".join(missing)
    if comparison.ratio_geometric_mean is not None:
        yield f"geometric mean of the ratios {comparison.ratio_geometric_mean:.3f}; above 1 is slower"


def _row(row: BenchmarkRow, label: str) -> tuple[Cell, ...]:
    before, after = row.before, row.after
    return (
        Cell(label),
        *cells(*(duration(stats.mean) if stats else "-" for stats in (before, after))),
        *cells(*(duration(stats.median) if stats else "-" for stats in (before, after))),
        Cell(f"{_spread(before)} / {_spread(after)}"),
        *(Cell("-" if ratio is None else f"{ratio:.3f}") for ratio in (row.ratio, row.ratio_of_min)),
        Cell(row.outcome, _TONES.get(row.outcome, "muted")),
    )


def _spread(stats: BenchmarkStats | None) -> str:
    """The distance between the quartiles, in percent of the median."""
    return "-" if stats is None or not stats.median else f"{(stats.q3 - stats.q1) / stats.median:.0%}".rstrip("%")


def _labels(names: Sequence[str]) -> dict[str, str]:
    """Names without their files, where that tells them apart."""
    short = {name: name.rpartition("::")[2] for name in names}
    return short if len(set(short.values())) == len(short) else {name: name for name in names}
