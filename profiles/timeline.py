"""A virtual run over time: what happened in each interval, from what had been counted at its two ends."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from profiles.marks import Mark
from profiles.virtual_run import Response, VirtualRun
from reports.model import Timeline
from reports.stats import percentile

__all__ = ["timeline_of"]

_NOTHING = Mark(0.0, 0, 0, 0, 0, 0)


def timeline_of(run: VirtualRun) -> Timeline | None:
    """The series of a run; None of one without marks.

    Response times are those of the messages that were sent in the interval, however long they took; None where none
    of them was answered, as is the hit rate where nothing was asked for. `in_hand_messages` is the mean number of
    messages that were sent and not yet answered, `waiting_messages` those that nobody worked on at the interval's end.
    """
    if not run.marks:
        return None
    ends_s = [mark.at_s for mark in run.marks]
    length_s = ends_s[1] - ends_s[0] if len(ends_s) > 1 else ends_s[0]
    steps = zip(pairwise([_NOTHING, *run.marks]), _by_interval(run.responses, ends_s), strict=True)
    intervals = [_interval(run, then, now, sent, length_s) for (then, now), sent in steps]
    return Timeline(at_s=tuple(ends_s), series={name: tuple(one[name] for one in intervals) for name in intervals[0]})


def _interval(
    run: VirtualRun, then: Mark, now: Mark, sent: Sequence[Response], length_s: float
) -> dict[str, float | None]:
    """One value of each series."""
    times = sorted(one.response_ms for one in sent if one.response_ms is not None)
    return {
        "messages_per_s": len(sent) / length_s,
        "response_ms_p50": percentile(times, 50) if times else None,
        "response_ms_p90": percentile(times, 90) if times else None,
        "hit_rate": _share(now.hits - then.hits, now.asked - then.asked),
        "upstream_calls_per_s": (now.upstream_calls - then.upstream_calls) / length_s,
        "redis_round_trips_per_s": (now.redis_round_trips - then.redis_round_trips) / length_s,
        "in_hand_messages": _in_hand(run.responses, now.at_s - length_s, now.at_s),
        "waiting_messages": float(now.waiting),
    }


def _by_interval(responses: Sequence[Response], ends_s: Sequence[float]) -> list[list[Response]]:
    """The responses to the messages sent in each interval; one sent at its very end is in it."""
    found: list[list[Response]] = [[] for _ in ends_s]
    for response in responses:
        place = bisect_left(ends_s, response.at_s)
        found[min(place, len(ends_s) - 1)].append(response)
    return found


def _share(hits: int, asked: int) -> float | None:
    return hits / asked if asked else None


def _in_hand(responses: Sequence[Response], begin_s: float, end_s: float) -> float:
    """Of each message the part of the interval in which it was under way, in all, as a multiple of the interval."""
    under_way_s = sum(
        max(0.0, min(end_s, _answered_at_s(one)) - max(begin_s, one.at_s)) for one in responses if one.at_s < end_s
    )
    return under_way_s / (end_s - begin_s)


def _answered_at_s(response: Response) -> float:
    return float("inf") if response.response_ms is None else response.at_s + response.response_ms / 1000
