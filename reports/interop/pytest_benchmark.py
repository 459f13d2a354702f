"""pytest-benchmark's JSON, as `--benchmark-json` writes it: one benchmark for each arm and for each of its commands.

Times are in seconds, as there. Quartiles are pytest-benchmark's: by the halves of an even number of values, and as
Moore and McCabe's for an odd one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from statistics import median, stdev
from typing import Any

from reports.interop.common import answered_ms, as_json
from reports.model import Arm, Conditions, Run
from reports.stats import mean

__all__ = ["export", "stats"]

_VERSION = "5.1.0"
_OPTIONS = {"disable_gc": False, "timer": "trace", "min_rounds": 1, "max_time": 0.0, "min_time": 0.0, "warmup": False}
_WHISKER = 1.5
_PER_S = 1000.0


def export(run: Run) -> bytes:
    """All arms. Raises RunError without their raw samples."""
    benchmarks = [one for arm in run.arms for one in _benchmarks(arm, run)]
    document = {
        "machine_info": _machine(run.conditions),
        "commit_info": _commit(run.conditions),
        "benchmarks": benchmarks,
        "datetime": run.conditions.started_at.replace("Z", "+00:00"),
        "version": _VERSION,
    }
    return as_json(document)


def stats(times_s: Sequence[float]) -> dict[str, Any]:
    """The statistics of at least one value, under the names of pytest-benchmark."""
    ordered = sorted(times_s)
    middle, spread, total = mean(ordered), stdev(ordered) if len(ordered) > 1 else 0.0, sum(ordered)
    q1, q3 = _quarter(ordered), _quarter(ordered[::-1])
    low, high = q1 - _WHISKER * (q3 - q1), q3 + _WHISKER * (q3 - q1)
    beyond = (_outside(ordered, middle - spread, middle + spread), _outside(ordered, low, high))
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": middle,
        "stddev": spread,
        "rounds": len(ordered),
        "median": median(ordered),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": beyond[1],
        "stddev_outliers": beyond[0],
        "outliers": f"{beyond[0]};{beyond[1]}",
        "ld15iqr": ordered[bisect_left(ordered, low)],
        "hd15iqr": ordered[bisect_right(ordered, high) - 1],
        "ops": len(ordered) / total if total else 0.0,
        "total": total,
        "iterations": 1,
    }


def _benchmarks(arm: Arm, run: Run) -> Iterator[dict[str, Any]]:
    commands = sorted(set(arm.samples.commands)) if arm.samples else []
    for command in (None, *commands):
        times = answered_ms(arm, command)
        if times:
            yield _benchmark(arm, run, command, [ms / _PER_S for ms in times])


def _benchmark(arm: Arm, run: Run, command: str | None, times_s: Sequence[float]) -> dict[str, Any]:
    name = f"response_time[{arm.name}-{command or 'all'}]"
    return {
        "group": command or "all",
        "name": name,
        "fullname": f"pulse bench::{name}",
        "params": {"arm": arm.name, "command": command or "all"},
        "param": f"{arm.name}-{command or 'all'}",
        "extra_info": {"trace": run.trace.digest, "workload": run.trace.workload, "clock": run.conditions.clock},
        "options": _OPTIONS,
        "stats": stats(times_s),
    }


def _machine(conditions: Conditions) -> dict[str, Any]:
    system, _, machine = conditions.platform.partition(" ")
    return {
        "node": "",
        "processor": conditions.processor,
        "machine": machine,
        "python_version": conditions.python,
        "system": system,
        "cpu": {"brand_raw": conditions.processor, "count": conditions.cores},
    }


def _commit(conditions: Conditions) -> dict[str, Any]:
    return {
        "id": conditions.commit.removesuffix("+") or "unversioned",
        "time": None,
        "author_time": None,
        "dirty": conditions.commit.endswith("+"),
        "project": "pulse",
        "branch": "(unknown)",
    }


def _quarter(ordered: Sequence[float]) -> float:
    """The quartile nearer to the beginning; of values in falling order, that is the upper one."""
    count = len(ordered)
    place, rest = divmod(count, 4)
    if count == 1:
        return ordered[0]
    if count % 2 == 0:
        return float(median(ordered[: count // 2]))
    if rest == 1:
        return 0.25 * ordered[place - 1] + 0.75 * ordered[place]
    return 0.75 * ordered[place] + 0.25 * ordered[place + 1]


def _outside(ordered: Sequence[float], low: float, high: float) -> int:
    return bisect_left(ordered, low) + len(ordered) - bisect_right(ordered, high)
