"""Two files of pytest-benchmark against each other.

A difference counts where the quartiles of both sides do not overlap and the fastest rounds differ in the same
direction. That is a rule of thumb for two single sessions, and no test: machines drift from one session to the next,
which the rounds of one do not show.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from reports.model import RunError

__all__ = [
    "Benchmark",
    "BenchmarkRow",
    "BenchmarkStats",
    "Benchmarks",
    "BenchmarksComparison",
    "Outcome",
    "compare_benchmarks",
    "decode",
    "is_benchmarks",
]

Outcome = Literal["faster", "slower", "within noise", "only before", "only after"]


class BenchmarkStats(msgspec.Struct, frozen=True):
    """What is read of a benchmark's statistics, in seconds."""

    min: float
    mean: float
    median: float
    q1: float
    q3: float
    rounds: int


class Benchmark(msgspec.Struct, frozen=True):
    """One benchmark of a file."""

    fullname: str
    stats: BenchmarkStats


class Benchmarks(msgspec.Struct, frozen=True):
    """A file as `--benchmark-json` or `--benchmark-save` writes it."""

    benchmarks: list[Benchmark]
    machine_info: dict[str, Any] = {}
    commit_info: dict[str, Any] = {}


class BenchmarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark of both files; the ratios are after by before, of the medians and of the fastest rounds."""

    name: str
    before: BenchmarkStats | None
    after: BenchmarkStats | None
    ratio: float | None
    ratio_of_min: float | None
    outcome: Outcome


class BenchmarksComparison(msgspec.Struct, frozen=True, kw_only=True):
    """All benchmarks of both files, with the conditions that differ as (what, before, after)."""

    before: str
    after: str
    rows: tuple[BenchmarkRow, ...]
    ratio_geometric_mean: float | None
    differences: tuple[tuple[str, str, str], ...]


class _Head(msgspec.Struct):
    benchmarks: list[msgspec.Raw]


def is_benchmarks(data: bytes) -> bool:
    """Whether a file is of pytest-benchmark, as far as its outline tells."""
    try:
        msgspec.json.decode(data, type=_Head)
    except msgspec.MsgspecError:
        return False
    return True


def decode(data: bytes, name: str) -> Benchmarks:
    """The benchmarks in a file.

    Raises:
        RunError: it is garbled, or has none.
    """
    try:
        found = msgspec.json.decode(data, type=Benchmarks)
    except msgspec.MsgspecError as error:
        advice = "give a file that `pytest --benchmark-json` wrote"
        raise RunError(f"cannot read {name}", str(error).rstrip("."), advice) from error
    if not found.benchmarks:
        raise RunError(f"cannot read {name}", "it has no benchmarks", "run pytest with --benchmark-only to see why")
    return found


def compare_benchmarks(before: tuple[str, Benchmarks], after: tuple[str, Benchmarks]) -> BenchmarksComparison:
    """Compares two files, each with the name it is shown by, benchmark by benchmark."""
    (old_name, old), (new_name, new) = before, after
    olds, news = ({one.fullname: one.stats for one in file.benchmarks} for file in (old, new))
    rows = tuple(_row(name, olds.get(name), news.get(name)) for name in olds | news)
    ratios = [row.ratio for row in rows if row.ratio]
    facts, others = _facts(old), _facts(new)
    return BenchmarksComparison(
        before=old_name,
        after=new_name,
        rows=rows,
        ratio_geometric_mean=math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None,
        differences=tuple((what, facts[what], others[what]) for what in facts if facts[what] != others[what]),
    )


def _row(name: str, before: BenchmarkStats | None, after: BenchmarkStats | None) -> BenchmarkRow:
    ratio, ratio_of_min = _ratio(before, after, "median"), _ratio(before, after, "min")
    outcome = _outcome(before, after)
    return BenchmarkRow(name=name, before=before, after=after, ratio=ratio, ratio_of_min=ratio_of_min, outcome=outcome)


def _ratio(before: BenchmarkStats | None, after: BenchmarkStats | None, what: Literal["median", "min"]) -> float | None:
    if before is None or after is None or not getattr(before, what):
        return None
    ratio: float = getattr(after, what) / getattr(before, what)
    return ratio


def _outcome(before: BenchmarkStats | None, after: BenchmarkStats | None) -> Outcome:
    if before is None or after is None:
        return "only after" if before is None else "only before"
    if after.q1 > before.q3 and after.min > before.min:
        return "slower"
    return "faster" if after.q3 < before.q1 and after.min < before.min else "within noise"


def _facts(file: Benchmarks) -> dict[str, str]:
    machine = file.machine_info
    cpu = machine.get("cpu")
    brand = cpu.get("brand_raw") or cpu.get("brand") if isinstance(cpu, Mapping) else None
    return {
        "processor": str(brand or machine.get("processor") or "-"),
        "machine": str(machine.get("node") or "-"),
        "Python": str(machine.get("python_version", "-")),
        "system": " ".join(str(machine.get(key, "-")) for key in ("system", "machine", "release")),
    }
