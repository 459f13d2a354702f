"""Kept runs as a table."""

from collections.abc import Sequence

from reports import bench_view, capacity, load_view
from reports.capacity import Capacity
from reports.document import Cell, Column, Document, Grid, cells
from reports.history import Entry, Kept
from reports.load import LoadRun
from reports.measures import measure_named
from reports.metrics import Metric, figure
from reports.model import Conditions

__all__ = ["FIGURES", "commit_label", "day_and_minute", "document", "origin", "shown"]

FIGURES = ("response_ms_mean", "response_ms_p99", "hit_rate")
"""What is shown of each run, unless something else is asked for."""


def document(entries: Sequence[Entry], figures: Sequence[str] = (), *, arm: str | None = None) -> Document:
    """A row for each run with some of its figures: those of one arm, else of the last one of each run.

    Unless it is said which, they are `FIGURES`.
    """
    metrics = [measure_named(key) for key in figures or FIGURES]
    columns = [Column("run")]
    columns += [Column(title, "text") for title in ("commit", "started (UTC)", "what", "workload", "arms")]
    columns += [Column("messages"), *(Column(_title(metric)) for metric in metrics)]
    rows = tuple(_row(entry, metrics) for entry in entries)
    if not rows:
        return Document(
            title="No such runs are kept: `pulse bench`, `pulse load` and `pulse capacity` keep each of their own."
        )
    return Document(title="Kept runs", grids=(Grid(columns=tuple(columns), rows=rows),), notes=_notes(entries, arm))


def _notes(entries: Sequence[Entry], arm: str | None) -> tuple[str, ...]:
    notes = [f"The figures are those of {arm or 'the last arm'}. `pulse runs show RUN` shows all of a run."]
    if any(not entry.has_samples for entry in entries):
        notes.append("Of runs marked * the raw samples are not kept, or not any more.")
    return tuple(notes)


def _arms(entry: Entry) -> str:
    """Narrow, so that the table stays one: addresses without http, and a capacity behind what has it."""
    names = ", ".join(arm.partition("://")[2] or arm for arm in entry.arms)
    capacity_per_s = entry.figures.get("capacity_per_s")
    return names if capacity_per_s is None else f"{names} ({capacity_per_s:,.1f}/s)"


def shown(run: Kept) -> Document:
    """The report of a kept run, as when it was measured."""
    if isinstance(run, LoadRun):
        return load_view.document(run)
    return capacity.document(run) if isinstance(run, Capacity) else bench_view.document(run)


def commit_label(commit: str) -> str:
    """A commit as far as people read it, with its "+" where the work tree had changes; a dash outside a checkout."""
    changed = "+" if commit.endswith("+") else ""
    return f"{commit.rstrip('+')[:8]}{changed}" or "-"


def origin(conditions: Conditions) -> str:
    """Of which commit a run is, and when it began."""
    started = f"started {day_and_minute(conditions.started_at)} UTC" if conditions.started_at else "started some time"
    return f"commit {commit_label(conditions.commit)}, {started}" if conditions.commit else started


def day_and_minute(started_at: str) -> str:
    """2026-01-05 08:00 for 2026-01-05T08:00:00Z."""
    return started_at[:16].replace("T", " ") or "-"


def _title(metric: Metric) -> str:
    return f"{metric.title}, {metric.unit}" if metric.unit else metric.title


def _row(entry: Entry, metrics: Sequence[Metric]) -> tuple[Cell, ...]:
    facts = cells(
        f"{entry.id}{'' if entry.has_samples else '*'}",
        commit_label(entry.commit),
        day_and_minute(entry.started_at),
        f"{entry.clock} {entry.kind}",
        entry.workload or "-",
        _arms(entry),
        f"{entry.messages:,}",
    )
    return (*facts, *(Cell(figure(metric, entry.figures.get(metric.key))) for metric in metrics))
