"""What a report is to show, from the files and kept runs that were named."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar, assert_never

import msgspec

from reports import ablation, model
from reports.ablation import Ablation
from reports.capacity import Capacity
from reports.history.entries import HistoryError, Point
from reports.history.kinds import Kept
from reports.history.store import History
from reports.html.contents import Figures, Section, sections
from reports.html.loads import of_capacity, of_load
from reports.html.subject import merge
from reports.load import LoadRun
from reports.metrics import METRICS
from reports.model import Conditions, Run, RunError

__all__ = ["MAX_NAMED", "Gathered", "gather"]

MAX_NAMED = 50
"""Runs in one report; more would be a page that nobody reads."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of a report, and a name for its file that the same runs always have."""

    name: str
    sections: tuple[Section, ...]


_T = TypeVar("_T")


class _Kind(msgspec.Struct):
    kind: str = ""


def gather(names: Sequence[str], kept: Path) -> Gathered:
    """The report of files and kept runs; `kept` is the file of the history, which need not be there.

    Raises:
        RunError: one of them cannot be read, or there are too many.
    """
    if len(names) > MAX_NAMED:
        raise RunError(f"{len(names)} runs", f"a report shows at most {MAX_NAMED}", "leave some out")
    found = [_read(name, kept) for name in names]
    runs, others = merge(_only(found, Run)), [one for one in found if not isinstance(one, Run)]
    benches = sections(runs, _only(others, Ablation), [_points(run, kept) for run in runs])
    loads = (*map(of_load, _only(others, LoadRun)), *map(of_capacity, _only(others, Capacity)))
    return Gathered(name=_name([*runs, *others]), sections=(*benches, *loads))


def _only(found: Sequence[object], kind: type[_T]) -> list[_T]:
    return [one for one in found if isinstance(one, kind)]


def _read(name: str, kept: Path) -> Kept | Ablation:
    """A file where there is one of that name, else a kept run."""
    path = Path(name)
    if path.is_file():
        return _load(path)
    if path.suffix == ".json" or "/" in name:
        raise RunError(f"cannot read {name}", "there is no such file", "`pulse bench --json FILE` writes one")
    if not kept.is_file():
        why = f"no run has been kept in {kept}"
        raise HistoryError(f"no run {name}", why, "run `pulse bench` first, or name a file of `pulse bench --json`")
    with History.open(kept) as history:
        return history.kept(name)


def _load(path: Path) -> Run | Ablation:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}", str(error.strerror), "check the path") from error
    try:
        kind = msgspec.json.decode(data, type=_Kind).kind
    except msgspec.MsgspecError:
        kind = ""
    return ablation.decode(data, str(path)) if kind == "ablation" else model.decode(data, str(path))


def _points(run: Run, kept: Path) -> Figures:
    """Kept points of the run's last arm under the same traffic; none where nothing was kept."""
    if not kept.is_file():
        return {}
    last = run.arms[-1]
    with History.open(kept) as history:
        rows = {metric.key: history.rows(metric.key, last.name, run.trace.workload) for metric in METRICS}
    return {key: [point for point in points if _belongs(point, run)] for key, points in rows.items()}


def _belongs(point: Point, run: Run) -> bool:
    return (point.digest, point.clock) == (run.trace.digest, run.conditions.clock)


def _name(found: Sequence[Kept | Ablation]) -> str:
    """Of letters that any file system takes; of a bench, if there is one."""
    one = next((each for each in found if isinstance(each, Run)), found[0])
    parts = [_subject(one), *_when(one.conditions)]
    return re.sub(r"[^A-Za-z0-9]+", "-", " ".join(parts)).strip("-")[:120] or "report"


def _subject(one: Kept | Ablation) -> str:
    match one:
        case Run():
            return " against ".join(dict.fromkeys((one.arms[-1].name, one.arms[0].name)))
        case LoadRun():
            return f"load {one.profile} on {one.target}"
        case Capacity():
            return f"capacity of {one.target}"
        case Ablation():
            return f"claims to phase {one.phase}"
    assert_never(one)


def _when(conditions: Conditions) -> list[str]:
    stamp = conditions.started_at.replace("-", "").replace(":", "")
    return [part for part in (stamp, conditions.commit[:7]) if part]
