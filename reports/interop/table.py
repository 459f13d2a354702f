"""A run as a table of comma-separated values: a line for each figure of each arm."""

import csv
import io

from reports.history.kinds import Kept, facts_of
from reports.measures import measure_named

__all__ = ["export"]

_HEAD = ("commit", "started_at", "workload", "trace", "clock", "arm", "figure", "value", "better")


def export(run: Kept) -> bytes:
    """All figures, unscaled: a hit rate is 0 to 1."""
    found, conditions = facts_of(run), run.conditions
    facts = (conditions.commit, conditions.started_at, found.workload, found.digest, conditions.clock)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    for name, _switches, figures in found.arms:
        for key, value in figures.items():
            writer.writerow((*facts, name, key, value, measure_named(key).better))
    return text.getvalue().encode()
