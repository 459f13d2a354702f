"""A run as a table of comma-separated values: a line for each figure of each arm."""

import csv
import io

from reports.measures import figures_of, measure_named
from reports.model import Run

__all__ = ["export"]

_HEAD = ("commit", "started_at", "workload", "trace", "clock", "arm", "figure", "value", "better")


def export(run: Run) -> bytes:
    """All figures, unscaled: a hit rate is 0 to 1."""
    facts = (run.conditions.commit, run.conditions.started_at, run.trace.workload, run.trace.digest)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for arm in run.arms:
        for key, value in figures_of(arm).items():
            writer.writerow((*facts, run.conditions.clock, arm.name, key, value, measure_named(key).better))
    return text.getvalue().encode()
