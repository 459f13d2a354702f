"""Budgets from TOML tables: `[[limits]]`, `[[waivers]]`, and `alpha`. What cannot be meant is refused, in one line."""

import datetime as dt
import difflib
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

import msgspec

from reports.gate.model import Kind
from reports.gate.rules import ALPHA, Allowance, Budget, Limit, Waiver
from reports.measures import COSTS, measure_named
from reports.metrics import FURTHER, METRICS
from reports.model import RunError

__all__ = ["KNOWN", "BudgetError", "budget_of"]

KNOWN = frozenset(metric.key for metric in (*METRICS, *FURTHER))
"""The keys of all figures that a limit may name."""

_BY_COMMAND = frozenset({"response_ms_mean", "response_ms_p50", "response_ms_p90", "response_ms_p99", *COSTS})
_ALLOWANCE = re.compile(r"(?P<number>\d+(\.\d+)?) ?(?P<unit>%|points?)")
_MOST_ALPHA = 0.2
_SHORTEST_REASON = 10


class BudgetError(RunError):
    """A budget that cannot be used: in which file, what is wrong, and what to write instead."""


class _Refused(Exception):
    """What is wrong, and what to do."""

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__(why)
        self.why, self.next_step = why, next_step


class _LimitTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    metric: str
    command: str = ""
    phase: int | None = None
    kind: Kind | None = None
    worse_by: str | float | None = None
    at_most: float | None = None
    at_least: float | None = None
    enforced: Literal["always", "crossing"] = "always"
    messages_at_least: Annotated[int, msgspec.Meta(ge=0)] = 0


class _WaiverTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    metric: str
    ceiling: str | float
    reason: str
    expires: dt.date
    command: str = ""
    phase: int | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    limits: tuple[dict[str, Any], ...] = ()
    waivers: tuple[dict[str, Any], ...] = ()
    alpha: float | None = None


def budget_of(
    tables: Mapping[str, Any], *, name: str, known: Collection[str] = KNOWN, under: Budget | None = None
) -> Budget:
    """The budget in a file's tables; its limits come after those of `under`, and so hold where both speak.

    Raises:
        BudgetError: a key or a metric that there is not, or a value that cannot be meant.
    """
    place = ""
    try:
        file = msgspec.convert(dict(tables), _File)
        alpha = _alpha(file.alpha, under)
        limits, waivers = [], []
        for number, table in enumerate(file.limits, 1):
            place = f"limit {number} ({table.get('metric', 'without a metric')}): "
            limits.append(_limit(msgspec.convert(table, _LimitTable), known, name))
        for number, table in enumerate(file.waivers, 1):
            place = f"waiver {number} ({table.get('metric', 'without a metric')}): "
            waivers.append(_waiver(msgspec.convert(table, _WaiverTable), known))
    except msgspec.ValidationError as error:
        raise BudgetError(f"cannot use {name}", f"{place}{_plain(str(error))}", _keys(place)) from error
    except _Refused as refused:
        raise BudgetError(f"cannot use {name}", f"{place}{refused.why}", refused.next_step) from refused
    if under is None:
        return Budget(name=name, limits=tuple(limits), waivers=tuple(waivers), alpha=alpha)
    return Budget(
        name=f"{under.name}, {name}",
        limits=(*under.limits, *limits),
        waivers=(*under.waivers, *waivers),
        alpha=alpha,
    )


def _alpha(given: float | None, under: Budget | None) -> float:
    if given is None:
        return under.alpha if under else ALPHA
    if not 0 < given <= _MOST_ALPHA:
        raise _Refused(f"alpha is {given:g}", f"give a chance of false alarms above 0 and up to {_MOST_ALPHA:g}")
    return given


def _limit(table: _LimitTable, known: Collection[str], source: str) -> Limit:
    _check_figure(table.metric, table.command, known)
    _check_limit(table)
    worse_by = None if table.worse_by is None else _allowance("worse_by", table.worse_by, table.metric)
    if table.kind == "timed" or measure_named(table.metric).process:
        _check_timed(table, worse_by)
    return Limit(**(msgspec.structs.asdict(table) | {"worse_by": worse_by, "source": source}))


def _check_limit(table: _LimitTable) -> None:
    if table.worse_by is None and table.at_most is None and table.at_least is None:
        raise _Refused("it limits nothing", "give worse_by, at_most or at_least")
    if table.at_most is not None and table.at_least is not None and table.at_most < table.at_least:
        raise _Refused("at_most is below at_least", "no figure can keep both: give one of them, or exchange them")
    if table.messages_at_least and not table.command:
        raise _Refused("messages_at_least without a command", "give a command, or leave it out")


def _check_timed(table: _LimitTable, worse_by: Allowance | None) -> None:
    """Rounds are compared as ratios, so the margin of a timed metric is a ratio, and 0 could never be proven.

    Without a margin there would be no rounds, and the limit would hold nobody.
    """
    if table.kind == "exact":
        raise _Refused(f"{table.metric} is of processes, and never exact", 'leave kind out, or write kind = "timed"')
    if table.command:
        raise _Refused("timed metrics are not measured by command", "leave the command out")
    if worse_by is None or not worse_by.is_relative or worse_by.amount == 0:
        said = "no worse_by" if worse_by is None else f"worse_by = {table.worse_by!r}"
        raise _Refused(f"{said} of a timed metric", 'give the margin in percent and above 0, as in "2 %"')


def _waiver(table: _WaiverTable, known: Collection[str]) -> Waiver:
    _check_figure(table.metric, table.command, known)
    if len(table.reason.strip()) < _SHORTEST_REASON:
        raise _Refused("its reason says nothing", "write why the regression is accepted, in a sentence")
    return Waiver(
        metric=table.metric,
        ceiling=_allowance("ceiling", table.ceiling, table.metric),
        reason=table.reason.strip(),
        expires=table.expires,
        command=table.command,
        phase=table.phase,
    )


def _check_figure(metric: str, command: str, known: Collection[str]) -> None:
    if metric not in known:
        near = difflib.get_close_matches(metric, sorted(known), n=1, cutoff=0.65)
        raise _Refused(
            f"there is no metric {metric!r}",
            f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}",
        )
    if command and metric not in _BY_COMMAND:
        raise _Refused(f"{metric} is not measured by command", f"commands have {', '.join(sorted(_BY_COMMAND))}")


def _allowance(key: str, given: str | float, metric: str) -> Allowance:
    """A share of the base for "2 %", points of a rate for "0.5 points", a number for the metric's own unit."""
    return _in_words(key, given, metric) if isinstance(given, str) else _in_units(key, given, metric)


def _in_words(key: str, given: str, metric: str) -> Allowance:
    unit = measure_named(metric).unit
    found = _ALLOWANCE.fullmatch(given.strip())
    if found is None or (found["unit"] != "%" and unit != "%"):
        own = '"0.5 points"' if unit == "%" else f"a number of {unit or 'its own unit'}"
        raise _Refused(f"{key} = {given!r}", f'give "2 %" of the base, or {own}')
    share = float(found["number"]) / 100
    return Allowance(share, is_relative=found["unit"] == "%", text=f"{found['number']} {found['unit']}")


def _in_units(key: str, given: float, metric: str) -> Allowance:
    if not 0 <= given < float("inf"):
        raise _Refused(f"{key} = {given!r}", "how much worse it may get is 0 or more")
    described = measure_named(metric)
    unit = "points" if described.unit == "%" else described.unit
    return Allowance(float(given), is_relative=False, text=f"{given * described.scale:g} {unit}".rstrip())


def _plain(message: str) -> str:
    """A message of msgspec in the words of a file: the key first."""
    message = re.sub(r" - at `\$\.?(.*)`", r" at \1", message).removesuffix(" at ")
    message = re.sub(r"Object contains unknown field `(.*?)`", r"unknown key \1", message)
    message = re.sub(r"Object missing required field `(.*?)`", r"\1 is missing", message)
    message = message.replace("Invalid RFC3339 encoded date", "no date, as 2026-03-01 is one,").replace(" | null", "")
    return message[:1].lower() + message[1:]


def _keys(place: str) -> str:
    """The keys that there are, of the table that was refused."""
    table = _LimitTable if place.startswith("limit") else _WaiverTable if place.startswith("waiver") else _File
    return f"it takes {', '.join(table.__struct_fields__)}"
