"""The report of a bench: what the last arm makes of the first one's figures, beside the targets and the limits."""

from collections.abc import Iterator

from reports.bench_tables import arm_label, by_command, by_namespace, costs_by_command, metrics
from reports.document import Document
from reports.explain import explain
from reports.model import Conditions, Run, Trace

__all__ = ["document"]

_DIGITS = 12  # of a digest: enough to tell traces apart; the JSON has all of them


def document(run: Run) -> Document:
    """The report of a run: its metrics, hit rates by namespace, response times and costs by command, and notes."""
    grids = (metrics(run.arms), by_namespace(run.arms), by_command(run.arms), costs_by_command(run.arms))
    return Document(
        title=_title(run),
        lines=tuple(_lines(run)),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=explain(run),
    )


def _title(run: Run) -> str:
    first, last = arm_label(run.arms[0]), arm_label(run.arms[-1])
    return f"Bench: {last}" if len(run.arms) == 1 else f"Bench: {last} against {first}"


def _lines(run: Run) -> Iterator[str]:
    yield _traffic(run.trace)
    conditions = _conditions(run.conditions, run.wall_s)
    if conditions:
        yield conditions
    for arm in run.arms:
        yield f"{arm_label(arm)}: {'switches ' + ', '.join(arm.switches) if arm.switches else 'all switches off'}"


def _traffic(trace: Trace) -> str:
    facts = [f"{trace.messages:,} messages"]
    if trace.minutes is not None:
        facts.append(f"{trace.minutes:g} minutes")
    if trace.workload:
        facts.append(f"workload {trace.workload}")
    return ", ".join([*facts, f"seed {trace.seed}", f"trace {trace.digest[:_DIGITS]}"])


def _conditions(conditions: Conditions, wall_s: float | None) -> str:
    facts = [f"Python {conditions.python}"] if conditions.python else []
    facts += [conditions.platform] if conditions.platform else []
    facts += [f"{conditions.cores} cores"] if conditions.cores else []
    facts += [f"{name} {version}" for name, version in conditions.versions.items()]
    facts += [f"measured in {wall_s:.1f} s"] if wall_s is not None else []
    return ", ".join(facts)
