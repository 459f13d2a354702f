"""What a load run did: its messages over time, held against thresholds."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from reports.model import Conditions
from reports.rss import Growth, Rss, SlopeLimit
from reports.slo import Judged, Limit, Outcome, judge
from reports.stats import Summary, percentile, summarize

__all__ = [
    "Crossing",
    "Generator",
    "LoadRun",
    "Process",
    "Sample",
    "Seen",
    "Window",
    "blamed_on_generator",
    "crossing",
    "summary_of",
    "windows",
]

Seen = Literal["replies", "acceptance"]

_LATE_SHARE = 0.1


class Sample(msgspec.Struct, frozen=True):
    """One message: when it was to be sent, in seconds from the start, and how long its reply took from then on.

    `response_ms` is None for one without a reply, and how long it had waited at the end for one that `is_open`.
    `late_ms` is how much later than intended it was sent.
    """

    at_s: float
    response_ms: float | None
    late_ms: float = 0.0
    is_open: bool = False


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that were to be sent within a part of the run, up to `end_s`; percentiles as in `reports.slo`."""

    end_s: float
    offered_per_s: float
    messages: int
    errors: int
    p50_ms: float
    p99_ms: float


class Generator(msgspec.Struct, frozen=True, kw_only=True):
    """How late messages left, and the share of a core that sending took."""

    late_ms_p99: float
    late_ms_max: float
    cpu_share: float


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """The bot, where it is ours: its share of a core, and its resident memory."""

    cpu_share: float
    rss_mb_begin: float
    rss_mb_peak: float
    rss_mb_end: float


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Where limits were crossed for the first time: the end of that window, and its rate."""

    at_s: float
    rate_per_s: float
    limits: tuple[str, ...]


class LoadRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `stopped` says why it ended before its profile did, `refused` why its outcome must not be believed.

    Where only `acceptance` is seen, times are those until the webhook had answered, not until a reply was sent.
    `workload` is whose questions were asked, by so many `people`, whose gaps have the coefficient of variation `cv`.
    `rss` is the bot's memory over time where it is ours, `growth` what that says, None where it says nothing.
    """

    target: str
    profile: str
    shape: str
    seed: int
    seen: Seen
    seconds: float
    messages: int
    response_ms: Summary | None
    statuses: dict[str, int]
    outcome: Outcome | None
    windows: tuple[Window, ...]
    generator: Generator
    crossing: Crossing | None = None
    bot: Process | None = None
    rss: Rss | None = None
    growth: Growth | None = None
    slope_limit: SlopeLimit | None = None
    workload: str = ""
    people: int = 0
    cv: float = 1.0
    stopped: str = ""
    refused: str = ""
    notes: tuple[str, ...] = ()
    conditions: Conditions = Conditions()

    @property
    def code(self) -> int:
        """The exit code: 4 for nothing measured, 3 for no verdict, 1 for a crossed limit, else 0."""
        if not self.messages:
            return 4
        if self.refused:
            return 3
        slope = self.slope_limit.verdict(self.growth) if self.slope_limit else "holds"
        held = self.outcome is None or self.outcome.held
        if not held or self.crossing is not None or slope == "crossed":
            return 1
        return 0 if slope == "holds" else 3


def summary_of(samples: Sequence[Sample]) -> Summary | None:
    """Of the messages that were answered; None where none was."""
    answered = [one.response_ms for one in samples if one.response_ms is not None and not one.is_open]
    return summarize(answered) if answered else None


def windows(samples: Sequence[Sample], rate_at: Callable[[float], float], width_s: float) -> tuple[Window, ...]:
    """The samples, ascending in time, in windows of equal width; those without a message are left out."""
    return tuple(
        _window((number + 1) * width_s, rate_at((number + 0.5) * width_s), [one.response_ms for one in part])
        for number, part in groupby(samples, key=lambda one: int(one.at_s // width_s))
    )


def _window(end_s: float, offered_per_s: float, response_ms: Sequence[float | None]) -> Window:
    times = sorted(math.inf if one is None else one for one in response_ms)
    return Window(
        end_s=end_s,
        offered_per_s=offered_per_s,
        messages=len(times),
        errors=sum(map(math.isinf, times)),
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
    )


def crossing(
    limits: Sequence[Limit], samples: Sequence[Sample], rate_at: Callable[[float], float], width_s: float
) -> Crossing | None:
    """The first window whose messages cross a limit; windows with too few messages for a limit are not asked for it."""
    for number, part in groupby(samples, key=lambda one: int(one.at_s // width_s)):
        times = [one.response_ms for one in part]
        outcome = judge([one for one in limits if len(times) >= one.enough], times)
        if not outcome.held:
            return Crossing(
                at_s=(number + 1) * width_s,
                rate_per_s=rate_at((number + 0.5) * width_s),
                limits=tuple(one.limit.text for one in outcome.crossed),
            )
    return None


def blamed_on_generator(limits: Sequence[Limit], samples: Sequence[Sample]) -> str:
    """Why limits that are crossed may be the generator's fault, empty where they are not.

    Response times count from the intended time, and so have the generator's lateness in them: what holds, holds. What
    is crossed is blamed on the generator when it would hold from the moment of sending on, or when messages that came
    late, and then in a heap, may have made others wait: 1 % of them later than a tenth of the crossed limit.
    """
    crossed = judge(limits, [one.response_ms for one in samples]).crossed if samples else ()
    if not crossed:
        return ""
    if judge(limits, [_from_sending(one) for one in samples]).held:
        return "limits are crossed only by how late the generator sent"
    late_ms = percentile(sorted(one.late_ms for one in samples), 99)
    if late_ms > _LATE_SHARE * _least_ms(crossed):
        return f"the generator sent 1 % of its messages more than {late_ms:,.0f} ms late, which made heaps of them"
    return ""


def _from_sending(sample: Sample) -> float | None:
    """The response time as if it had been sent in time."""
    return None if sample.response_ms is None else sample.response_ms - sample.late_ms


def _least_ms(crossed: Sequence[Judged]) -> float:
    """The shortest of the times that were limited; infinite when there is none."""
    return min((one.limit.bound for one in crossed if one.limit.kind != "errors"), default=math.inf)
