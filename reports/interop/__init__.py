"""Runs in the formats of other tools."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reports.history.kinds import Kept
from reports.interop import bencher, github_action, k6, pytest_benchmark, table
from reports.interop.common import as_json
from reports.model import Run, RunError, encode, only

__all__ = ["FORMATS", "exported"]

FORMATS: Mapping[str, Callable[[Run], bytes]] = MappingProxyType(
    {
        "json": encode,
        "csv": table.export,
        "k6": k6.export,
        "pytest-benchmark": pytest_benchmark.export,
        "github-action-benchmark": github_action.export_smaller,
        "github-action-benchmark-bigger": github_action.export_bigger,
        "bmf": bencher.export,
    }
)
"""What writes a run in each format; those that need raw samples raise RunError for a run without any."""

_OF_ALL: Mapping[str, Callable[[Kept], bytes]] = MappingProxyType({"json": as_json, "csv": table.export})


def exported(run: Kept, to: str, arm: str | None = None) -> bytes:
    """The run in one of the formats, or one of its arms alone; a load run and a capacity have no arms to choose from.

    Raises:
        RunError: the format is for runs of a bench alone, or needs what the run has not, or there is no such arm.
    """
    if isinstance(run, Run):
        return FORMATS[to](run if arm is None else only(run, arm))
    if arm not in {None, run.target}:
        raise RunError(f"no arm {arm!r}", f"the run is of {run.target} alone", "leave the arm out")
    if to not in _OF_ALL:
        why = "it is for runs of `pulse bench` with their raw samples"
        raise RunError(f"cannot write this run as {to}", why, f"choose {' or '.join(_OF_ALL)}")
    return _OF_ALL[to](run)
