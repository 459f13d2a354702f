"""Service level objectives: "p99<2s,errors<0.1%" to limits, and samples held against them.

A message that was refused or never answered is an error, and counts in every percentile and in the mean as one that
took for ever.
"""

import math
import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from reports.model import RunError
from reports.stats import mean, percentile

__all__ = ["Judged", "Kind", "Limit", "Outcome", "SloError", "judge", "parse_slo", "shown"]

Kind = Literal["percentile", "mean", "max", "errors"]

_LIMIT = re.compile(r"(?P<metric>[a-z]+[\d.]*)\s*(?P<sign><=?)\s*(?P<bound>\d+(\.\d+)?)\s*(?P<unit>us|ms|s|m|%)")
_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_ERRORS = "errors"
_MOST = 20
_HOW = "write limits such as p99<2s, p99.9<=5s, mean<200ms, max<10s, errors<0.1%, with commas between them"


class SloError(RunError):
    """Limits that cannot be understood; it says which, and how they look."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"cannot use the limit {text!r}", why, _HOW)


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit: of a time in ms, or of the share of errors, 0 to 1. `percent` is that of a percentile."""

    text: str
    kind: Kind
    bound: float
    inclusive: bool
    percent: float = 0.0

    def holds(self, value: float) -> bool:
        """Whether a value keeps within it."""
        return value <= self.bound if self.inclusive else value < self.bound

    @property
    def enough(self) -> int:
        """With fewer messages than this, the limit is decided by the slowest of them, or by a single error."""
        if self.kind == "percentile":
            return math.ceil(round(100 / (100 - self.percent), 6))
        return math.ceil(1 / self.bound) if self.kind == _ERRORS and self.bound else 1


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A limit and what was measured, in its unit; a time is infinite where messages that count were not answered."""

    limit: Limit
    value: float
    held: bool


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit, judged by so many messages."""

    messages: int
    judged: tuple[Judged, ...]

    @property
    def held(self) -> bool:
        """Whether all limits hold."""
        return all(one.held for one in self.judged)

    @property
    def crossed(self) -> tuple[Judged, ...]:
        """Those that do not."""
        return tuple(one for one in self.judged if not one.held)


def parse_slo(text: str) -> tuple[Limit, ...]:
    """The limits in a text, separated by commas.

    Raises:
        SloError: there is none, or one of them is not understood, or one is there twice.
    """
    parts = [part.strip() for part in text.split(",")]
    if not 0 < len(parts) <= _MOST:
        raise SloError(text, f"at most {_MOST} limits are judged")
    limits = tuple(_limit(part) for part in parts)
    seen = {(one.kind, one.percent) for one in limits}
    if len(seen) < len(limits):
        raise SloError(text, "it limits the same figure twice")
    return limits


def _limit(text: str) -> Limit:
    found = _LIMIT.fullmatch(text.casefold())
    if found is None:
        raise SloError(text, _why(text))
    kind, percent = _kind(text, found["metric"])
    if (kind == _ERRORS) != (found["unit"] == "%"):
        raise SloError(text, "errors are limited in %, times in ms or s")
    number = float(found["bound"])
    bound = number / 100 if kind == _ERRORS else number * _MS[found["unit"]]
    if kind == _ERRORS and bound > 1:
        raise SloError(text, "there are no more errors than messages")
    return Limit(text=text, kind=kind, bound=bound, inclusive=found["sign"] == "<=", percent=percent)


def _why(text: str) -> str:
    """What is wrong with a text that is no limit."""
    if not text:
        return "it is empty"
    if ">" in text:
        return "a limit is an upper one, with < or <="
    if "<" not in text:
        return "there is no < in it"
    if re.search(r"[<=]\s*-", text):
        return "the bound is below 0"
    return "the bound is no number with a unit (ms, s, %)" if re.match(r"\s*[a-z]", text) else "it names no figure"


def _kind(text: str, metric: str) -> tuple[Kind, float]:
    """The kind of a figure by its name, and the percent of a percentile. Raises SloError."""
    if metric in {"mean", "max", _ERRORS}:
        return metric, 0.0  # type: ignore[return-value]  # these are three of the kinds
    percent = _number(metric.removeprefix("p")) if metric.startswith("p") else None
    if percent is None:
        raise SloError(
            text, f"there is no figure {metric}; there are p50, p99 and other percentiles, mean, max, errors"
        )
    if not 0 < percent < 100:  # noqa: PLR2004 - percent
        raise SloError(text, f"{metric} is no percentile between p0 and p100; the slowest message is max")
    return "percentile", percent


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def judge(limits: Sequence[Limit], response_ms: Sequence[float | None]) -> Outcome:
    """The limits held against response times in ms, in any order; None is an error.

    Raises:
        ValueError: there are no messages: nothing measured never passes.
    """
    if not response_ms:
        raise ValueError("no messages, no outcome")
    times = sorted(math.inf if one is None else one for one in response_ms)
    judged = [(limit, _value(limit, times)) for limit in limits]
    return Outcome(
        messages=len(times),
        judged=tuple(Judged(limit=limit, value=value, held=limit.holds(value)) for limit, value in judged),
    )


def _value(limit: Limit, times: Sequence[float]) -> float:
    if limit.kind == "percentile":
        return percentile(times, limit.percent)
    if limit.kind == "max":
        return times[-1]
    if limit.kind == "mean":
        return math.inf if math.isinf(times[-1]) else mean(times)
    return sum(map(math.isinf, times)) / len(times)


def shown(limit: Limit, value: float) -> str:
    """A value of the limit's kind, with its unit."""
    if limit.kind == _ERRORS:
        return f"{100 * value:.3g} %"
    return "never answered" if math.isinf(value) else f"{value:,.1f} ms"
