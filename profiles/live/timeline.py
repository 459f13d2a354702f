"""A live run over time: its readings, and what was counted between each two of them."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from profiles.live.sampler import Reading
from profiles.live.spans import ASKED, CALLS, QUEUE, READS, Span, lag_ms, message_trips
from profiles.trace import Trace
from reports.model import Timeline
from reports.stats import percentile

__all__ = ["timeline"]


def timeline(trace: Trace, spans: Sequence[Span]) -> Timeline:
    """Round after round on one axis, an interval for each reading within the traffic."""
    length_s, at_s = 60 * trace.minutes, list[float]()
    series: dict[str, list[float | None]] = defaultdict(list)
    for place, span in enumerate(spans):
        for then, now in pairwise(span.readings):
            end_s = now.at_unix_s - span.round.outcome.start_unix_s
            if end_s > length_s:
                break
            at_s.append(place * length_s + end_s)
            for name, value in _interval(trace, span, then, now).items():
                series[name].append(value)
    return Timeline(at_s=tuple(at_s), series={name: tuple(values) for name, values in series.items()})


def _interval(trace: Trace, span: Span, then: Reading, now: Reading) -> dict[str, float | None]:
    start_s = span.round.outcome.start_unix_s
    begin_s, end_s = then.at_unix_s - start_s, now.at_unix_s - start_s
    length_s = end_s - begin_s
    sent = [n for n in span.messages if begin_s < trace.arrivals[n].at_s <= end_s]
    times = sorted(time for n in sent if (time := span.round.outcome.answered_ms[n]) is not None)
    asked = now.figures.value(ASKED) - then.figures.value(ASKED)
    hits = now.figures.value(READS, result="hit") - then.figures.value(READS, result="hit")
    return {
        "messages_per_s": len(sent) / length_s,
        "response_ms_p50": percentile(times, 50) if times else None,
        "hit_rate": hits / asked if asked else None,
        "rss_mb": now.rss_mb,
        "pss_mb": now.pss_mb,
        "waiting_messages": now.figures.value(QUEUE, state="waiting"),
        "upstream_calls_per_s": (now.figures.value(CALLS) - then.figures.value(CALLS)) / length_s,
        "redis_round_trips_per_s": (message_trips(now.figures) - message_trips(then.figures)) / length_s,
        "redis_commands_per_s": (now.store_commands - then.store_commands) / length_s,
        "redis_memory_mb": now.store_mb,
        "loop_lag_ms": lag_ms([(then.figures, now.figures)]),
        "cpu_ms_per_message": 1000 * (now.cpu_s - then.cpu_s) / len(sent) if sent else None,
    }
