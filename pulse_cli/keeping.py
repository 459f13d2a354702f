"""Where commands keep their runs and find them again. Import it inside of a command: `pulse --help` must not pay."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from pulse_cli.console import warn
from reports.benchmarks import Benchmarks, decode, is_benchmarks
from reports.history import Entry, History, HistoryError, Kept, Kind, location
from reports.measures import measure_named
from reports.metrics import METRICS
from reports.model import Arm, Run, load, only
from reports.trend import Trend, trend_of

__all__ = [
    "benchmarks_named",
    "keep",
    "kept_named",
    "last_run",
    "opened",
    "run_named",
    "trend_named",
    "trends_of",
    "trends_of_metrics",
]

_SHOWN = 8


def opened(store: Path | None = None, *, make: bool = False) -> History:
    """The history in a file, or in the usual one; unless it is to be made, none is left behind. Raises HistoryError."""
    return History.open(store or location(os.environ, Path.cwd()), make=make)


def keep(run: Kept) -> str:
    """Keeps a run; gives what to say of it. That it could not be kept is a warning, as it was measured all the same."""
    try:
        with opened(make=True) as history:
            return f"kept as run {history.add(run)}"
    except HistoryError as error:
        warn(str(error))
        return "the run was not kept"


def run_named(name: str, store: Path | None = None) -> tuple[str, Run]:
    """The run of a bench in a file, or else the kept one that the name names, and how to call it. Raises RunError."""
    if _is_file(name):
        return name, load(Path(name))
    with opened(store) as history:
        number = history.number_of(name)
        return f"run {number}", history.get(number)


def kept_named(name: str, store: Path | None = None) -> tuple[str, Kept]:
    """As `run_named`, with load runs and capacities among the kept ones."""
    if _is_file(name):
        return name, load(Path(name))
    with opened(store) as history:
        number = history.number_of(name)
        return f"run {number}", history.kept(number)


def _is_file(name: str) -> bool:
    return Path(name).is_file() or bool(Path(name).suffix) or os.sep in name


def trend_named(history: History, metric: str, arm: str | None, workload: str | None, limit: int) -> Trend:
    """The trend of a figure; of the last run's last arm unless one is named.

    Raises HistoryError where there is nothing, saying what there is.
    """
    last = _last(history, arm, workload)
    name = arm or last.arms[-1]
    points = history.rows(metric, name, workload, limit=limit)
    if points:
        return trend_of(measure_named(metric), points)
    known = list(last.figures)
    near = [key for key in known if metric in key] or get_close_matches(metric, known) or known
    why, advice = f"no kept run of {name} has this figure", f"there are, among others, {', '.join(near[:_SHOWN])}"
    raise HistoryError(f"no trend of {metric}", why, advice)


def trends_of_metrics(history: History, arm: str | None, workload: str | None, limit: int) -> tuple[Trend, ...]:
    """The trends of all metrics that benches measured, as for `trend_named`; there is at least one."""
    last = _last(history, arm, workload, "bench")
    name = arm or last.arms[-1]
    trends = trends_of(history, [metric.key for metric in METRICS], name, workload, limit)
    if not trends:
        why = f"the kept runs of {name} have none of the metrics"
        raise HistoryError("no trends", why, f"name a figure: {', '.join(last.figures) or 'of another arm'}")
    return trends


def trends_of(history: History, keys: Iterable[str], arm: str, workload: str | None, limit: int) -> tuple[Trend, ...]:
    """The trends of those of the figures that benches kept of the arm; a load run after them is another traffic."""
    rows = partial(history.rows, arm=arm, workload=workload, kind="bench", limit=limit)
    found = [(measure_named(key), rows(key)) for key in dict.fromkeys(keys)]
    return tuple(trend_of(metric, points) for metric, points in found if points)


def last_run(history: History, arm: str, workload: str | None) -> Arm | None:
    """What a bench last kept of an arm, if one did. Raises HistoryError."""
    entries = history.entries(arm=arm, workload=workload, kind="bench", limit=1)
    return only(history.get(entries[0].id), arm).arms[0] if entries else None


def _last(history: History, arm: str | None, workload: str | None, kind: Kind | None = None) -> Entry:
    entries = history.entries(arm=arm, workload=workload, kind=kind, limit=1)
    if not entries:
        of = " of `pulse bench`" if kind else ""
        raise HistoryError("no trend", f"no such runs{of} are kept", "`pulse runs list` shows what there is")
    return entries[0]


def benchmarks_named(name: str) -> Benchmarks | None:
    """What a file of pytest-benchmark says; None where the name is of anything else. Raises RunError."""
    if not Path(name).is_file():
        return None
    data = Path(name).read_bytes()
    return decode(data, name) if is_benchmarks(data) else None
