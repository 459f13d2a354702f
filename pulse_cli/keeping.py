"""Where commands keep their runs and find them again. Import it inside of a command: `pulse --help` must not pay."""

import os
from difflib import get_close_matches
from pathlib import Path

import typer

from pulse_cli.console import warn
from reports.benchmarks import Benchmarks, decode, is_benchmarks
from reports.history import History, HistoryError, Point, location
from reports.model import Run, load

__all__ = ["benchmarks_named", "keep", "opened", "rows_named", "run_named"]

_SHOWN = 8


def opened(store: Path | None = None) -> History:
    """The history in a file; in the usual one without. Raises HistoryError."""
    return History.open(store or location(os.environ, Path.cwd()))


def keep(run: Run) -> None:
    """Keeps a run and says its number; that it could not be kept is a warning, as it was measured all the same."""
    try:
        with opened() as history:
            number = history.add(run)
    except HistoryError as error:
        warn(str(error))
    else:
        typer.echo(f"\nkept as run {number}")


def run_named(name: str, store: Path | None = None) -> tuple[str, Run]:
    """The run in a file, or else the kept one that the name names, and how to call it. Raises RunError."""
    if Path(name).is_file() or Path(name).suffix or os.sep in name:
        return name, load(Path(name))
    with opened(store) as history:
        number = history.number_of(name)
        return f"run {number}", history.get(number)


def rows_named(history: History, metric: str, arm: str | None, workload: str | None, limit: int) -> tuple[Point, ...]:
    """As `History.rows`; of the last run's last arm unless one is named.

    Raises HistoryError where there is nothing, saying what there is.
    """
    entries = history.entries(arm=arm, workload=workload, limit=1)
    if not entries:
        raise HistoryError(f"no trend of {metric}", "no such runs are kept", "`pulse runs list` shows what there is")
    points = history.rows(metric, arm or entries[0].arms[-1], workload, limit=limit)
    if points:
        return points
    known = list(entries[0].figures)
    near = [key for key in known if metric in key] or get_close_matches(metric, known) or known[:_SHOWN]
    raise HistoryError(
        f"no trend of {metric}",
        f"no kept run of {arm or entries[0].arms[-1]} has this figure",
        f"there are, among others, {', '.join(near[:_SHOWN])}",
    )


def benchmarks_named(name: str) -> Benchmarks | None:
    """What a file of pytest-benchmark says; None where the name is of anything else. Raises RunError."""
    if not Path(name).is_file():
        return None
    data = Path(name).read_bytes()
    return decode(data, name) if is_benchmarks(data) else None
