"""The Run: what a bench measured, as facts and as JSON of schema 1.

Units are last in names; `hit_rate` is 0 to 1. Figures of memory and CPU are null where no real process was measured.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from reports.stats import Summary

__all__ = [
    "SCHEMA",
    "Arm",
    "CommandCosts",
    "Conditions",
    "Limits",
    "Metrics",
    "NamespaceHits",
    "Run",
    "RunError",
    "Samples",
    "Timeline",
    "Trace",
    "decode",
    "decoded",
    "dump",
    "encode",
    "load",
    "only",
]

SCHEMA = 1

_T = TypeVar("_T")
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Number = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class RunError(Exception):
    """A run that cannot be read or written: `what` went wrong, `why`, and what to do `next_step`."""

    def __init__(self, what: str, why: str, next_step: str) -> None:
        super().__init__(f"{what}: {why}; {next_step}")
        self.what = what
        self.why = why
        self.next_step = next_step


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The traffic that drove every arm."""

    digest: str
    seed: int
    messages: _Count
    workload: str = ""
    minutes: _Amount | None = None


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one arm, in the order in which they are shown everywhere."""

    response_ms_mean: _Amount
    response_ms_p50: _Amount
    response_ms_p90: _Amount
    response_ms_p99: _Amount
    hit_rate: _Share
    rss_mb_settled: _Amount | None
    rss_mb_peak: _Amount | None
    upstream_calls_per_message: _Amount
    redis_round_trips_per_message: _Amount
    cpu_ms_per_message: _Amount | None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What no arm could beat on this trace with this arm's freshness table; null where it was not computed.

    `hit_rate_best` is that of an ideal cache that does what the arm's may do: only fetch on demand, or also refresh and
    warm ahead, or also fetch all of an account once anything of it is asked for. `hit_rate_best_on_demand` is that of
    one that only fetches on demand, whatever the arm does, `hit_rate_best_refreshed` that of one that also refreshes.
    `upstream_calls_per_message_floor` is that of an arm that may do what this one may, with or without batching;
    `upstream_calls_per_message_floor_unbatched` is the single-flight floor, one call for each read.
    `response_ms_mean_floor` is the time of calls that change something (payments, invoices, linking), all else free.
    """

    hit_rate_best: _Share | None = None
    hit_rate_best_on_demand: _Share | None = None
    hit_rate_best_refreshed: _Share | None = None
    upstream_calls_per_message_floor: _Amount | None = None
    upstream_calls_per_message_floor_unbatched: _Amount | None = None
    response_ms_mean_floor: _Amount | None = None


class NamespaceHits(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the cacheable reads of one namespace.

    `hits` were answered from the cache within their lifetime, `stale` from the cache beyond it (and marked as such),
    `coalesced` by waiting for somebody else's read, `misses` by a read of their own. `hit_rate_best` is the namespace's
    part of the limit of that name; None where it was not computed.
    """

    hits: _Count
    stale: _Count
    coalesced: _Count
    misses: _Count
    asked: _Count
    hit_rate_best: _Share | None = None


class CommandCosts(msgspec.Struct, frozen=True, kw_only=True):
    """What the messages of one command made the bot do; None for the hit rate of those that read nothing cacheable.

    What is done beside them on their behalf is theirs. A round trip to the store that several messages wait for is one
    for each of them, and a call upstream that several wait for is its first asker's alone.
    """

    messages: _Count
    upstream_calls_per_message: _Amount
    redis_round_trips_per_message: _Amount
    hit_rate: _Share | None = None


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """Every measured message, in the order of the trace: columns of equal length.

    `at_s` is when it was to be sent, in seconds from the start of the trace, `commands` what it asked for,
    `response_ms` how long its answer took from then on; None where it was never answered.
    """

    at_s: tuple[float, ...]
    commands: tuple[str, ...]
    response_ms: tuple[_Amount | None, ...]

    def __post_init__(self) -> None:
        if not len(self.at_s) == len(self.commands) == len(self.response_ms):
            raise ValueError("the columns of samples must be equally long")


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over time on one axis: `at_s` is the end of each interval, in seconds from the start of the trace.

    A series has a value, or None where there was none, for each of them. Its name ends in its unit, as in `rss_mb`;
    `hit_rate` is 0 to 1.
    """

    at_s: tuple[float, ...]
    series: dict[str, tuple[_Number | None, ...]]

    def __post_init__(self) -> None:
        if any(len(values) != len(self.at_s) for values in self.series.values()):
            raise ValueError("every series must be as long as the axis")


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was measured, for example a phase, with the keys of the switches that were on.

    `measures` are figures beyond the metrics, for the claims of single items; `reports.metrics` names them. `samples`
    and `timeline` are what the figures were computed from, where they were kept.
    """

    name: str
    switches: tuple[str, ...]
    metrics: Metrics
    limits: Limits = Limits()
    hits_by_namespace: dict[str, NamespaceHits] = {}
    response_ms_by_command: dict[str, Summary] = {}
    costs_by_command: dict[str, CommandCosts] = {}
    counters: dict[str, int] = {}
    measures: dict[str, _Number] = {}
    samples: Samples | None = None
    timeline: Timeline | None = None


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Where, when and how the run was made.

    `commit` is the git commit of the measured code, with "+" where the work tree had changes; empty outside a checkout.
    `started_at` is in UTC, as in 2026-01-05T08:00:00Z.
    """

    commit: str = ""
    started_at: str = ""
    python: str = ""
    platform: str = ""
    processor: str = ""
    cores: _Count = 0
    versions: dict[str, str] = {}
    clock: Literal["virtual", "real"] = "virtual"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Arms driven by one trace; the first is the baseline. `wall_s` is the time the measurement took."""

    schema: int = SCHEMA
    trace: Trace
    arms: Annotated[tuple[Arm, ...], msgspec.Meta(min_length=1)]
    conditions: Conditions = Conditions()
    notes: tuple[str, ...] = ()
    wall_s: _Amount | None = None


class _Head(msgspec.Struct):
    schema: int


def only(run: Run, name: str) -> Run:
    """The run with one of its arms alone.

    Raises:
        RunError: it has no arm of that name.
    """
    arms = tuple(arm for arm in run.arms if arm.name == name)
    if not arms:
        raise RunError(f"no arm {name!r}", f"the run has {', '.join(arm.name for arm in run.arms)}", "name one of them")
    return msgspec.structs.replace(run, arms=arms)


def encode(run: Run) -> bytes:
    """The run as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n"


def decode(data: bytes, name: str = "the run") -> Run:
    """The run in `data`; `name` says in an error where it came from. Fields of a later minor version are ignored.

    Raises:
        RunError: it is not JSON, of another schema, or lacks or garbles a field.
    """
    advice = "give a file that `pulse bench --json` wrote"
    return decoded(data, Run, SCHEMA, name, advice=advice, when_older="measure it again")


def decoded(data: bytes, kind: type[_T], schema: int, name: str, *, advice: str, when_older: str) -> _T:
    """A struct of this schema from JSON; an error says where the data came from and what to do.

    Raises:
        RunError: it is not JSON, of another schema, or lacks or garbles a field.
    """
    what = f"cannot read {name}"
    try:
        found = msgspec.json.decode(data, type=_Head).schema
        if found != schema:
            raise RunError(what, f"it has schema {found}, and this version reads {schema}", when_older)
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise RunError(what, str(error).rstrip("."), advice) from error


def load(path: Path) -> Run:
    """The run in a file.

    Raises:
        RunError: there is no such file, or it holds no run of this schema.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}", str(error.strerror), "check the path") from error
    return decode(data, str(path))


def dump(run: Run, path: Path) -> None:
    """Writes the run so that `load` gives it back; an older file is replaced whole or not at all.

    Raises:
        RunError: the file cannot be written, or a figure is none (not a number, infinite, out of its range).
    """
    data = encode(run)
    decode(data, f"what would be written to {path}")
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise RunError(f"cannot write {path}", str(error.strerror), "choose another file") from error
