"""The history watch as a document."""

from reports.document import Cell, Column, Document, Grid, cells
from reports.gate.watch import Watch, Worsening, place_of
from reports.measures import measure_named
from reports.metrics import figure

__all__ = ["document"]

_NOTE = (
    "Judged is what was before the last changes for the worse, in a row, against what came after them; of figures that "
    "vary, changes that are confirmed. `pulse runs trend KEY` shows one."
)
_BLIND = "No two kept runs of this arm and workload can be compared: `pulse bench` keeps each of its own."


def document(watch: Watch) -> Document:
    """What got worse, how it was judged, and over how many runs."""
    runs = max((len(one.points) for one in watch.trends), default=0)
    title = "History watch: " + ("nothing to compare" if watch.is_blind else _title(watch))
    texts = [Column(name, "text") for name in ("figure", "since", "last step")]
    columns = (*texts, *(Column(name) for name in ("before", "now", "verdict")), Column("why", "text"))
    return Document(
        title=title,
        lines=(f"{watch.arm}: {len(watch.trends)} figures that the budget limits, over up to {runs} runs",),
        grids=(Grid(columns=columns, rows=tuple(_row(one) for one in watch.worse)),) if watch.worse else (),
        notes=(_BLIND if watch.is_blind else _NOTE,),
    )


def _title(watch: Watch) -> str:
    if watch.is_alarm:
        return "got worse"
    return "worse within what is allowed" if watch.worse else "nothing got worse"


def _row(one: Worsening) -> tuple[Cell, ...]:
    metric, finding = measure_named(one.finding.metric), one.finding
    verdict = Cell("FAILED", "bad") if finding.failed else Cell("waived" if finding.waived else "allowed")
    facts = cells(f"{finding.label}, {finding.unit}" if finding.unit else finding.label)
    places = cells(place_of(one.since), place_of(one.last))
    values = cells(figure(metric, finding.base), figure(metric, finding.head))
    return (*facts, *places, *values, verdict, Cell(finding.why))
