"""Kept runs: a file of SQLite, one row for each run, one for each of its arms, and its raw samples apart.

It is safe to be used by several processes at once, and bounded: see `History.open`.
"""

from reports.history.entries import Entry, HistoryError, Point
from reports.history.kinds import Kept, Kind
from reports.history.place import location
from reports.history.series import comparable, is_exact
from reports.history.store import RAW_BYTES, RUNS, History

__all__ = [
    "RAW_BYTES",
    "RUNS",
    "Entry",
    "History",
    "HistoryError",
    "Kept",
    "Kind",
    "Point",
    "comparable",
    "is_exact",
    "location",
]
