"""What a load run did: its messages over time, held against thresholds."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from reports.slo import Limit, Outcome, judge
from reports.stats import Summary, percentile, summarize

__all__ = [
    "Crossing",
    "Generator",
    "LoadRun",
    "Process",
    "Sample",
    "Window",
    "crossing",
    "judged_so_far",
    "summary_of",
    "windows",
]

Seen = Literal["replies", "acceptance"]


class Sample(msgspec.Struct, frozen=True):
    """One message: when it was to be sent, in seconds from the start, and how long its reply took; None for never."""

    at_s: float
    response_ms: float | None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that were to be sent within a part of the run, up to `end_s`; percentiles as in `reports.slo`."""

    end_s: float
    offered_per_s: float
    messages: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None


class Generator(msgspec.Struct, frozen=True, kw_only=True):
    """How late messages left, and the share of a core that sending took. A late generator decides nothing."""

    late_ms_p99: float
    late_ms_max: float
    cpu_share: float
    is_late: bool


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """The bot, where it is ours: its share of a core, and its resident memory before and after."""

    cpu_share: float
    rss_mb_begin: float
    rss_mb_end: float


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Where limits were crossed for the first time: the end of that window, and its rate."""

    at_s: float
    rate_per_s: float
    limits: tuple[str, ...]


class LoadRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `stopped` says why it ended before its profile did, if so.

    Where only `acceptance` is seen, times are those until the webhook had answered, not until a reply was sent.
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
    stopped: str = ""
    notes: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: 4 for nothing measured, 3 for a late generator, 1 for a crossed limit, else 0."""
        if not self.messages:
            return 4
        if self.generator.is_late:
            return 3
        return 0 if self.outcome is None or self.outcome.held else 1


def summary_of(samples: Sequence[Sample]) -> Summary | None:
    """Of the messages that were answered; None where none was."""
    answered = [one.response_ms for one in samples if one.response_ms is not None]
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


def judged_so_far(limits: Sequence[Limit], answered_ms: Sequence[float | None], open_ms: Sequence[float]) -> Outcome:
    """The limits while some messages have no answer yet.

    These have waited for `open_ms`, and will take longer: what is crossed with that is crossed for certain, for the
    messages so far. Raises ValueError without messages.
    """
    return judge(limits, [*answered_ms, *open_ms])
