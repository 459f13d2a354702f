"""The rounds of an arm as the figures of a report."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from profiles.arms import ArmSpec
from profiles.live.limits import LiveLimits
from profiles.live.sampler import Reading
from profiles.live.spans import ASKED, CALLS, QUEUE, READS, Span, lag_ms, message_trips, round_trip_ms
from profiles.live.timeline import timeline
from profiles.trace import Trace
from reports.model import Arm, Metrics, NamespaceHits, Samples
from reports.scrape import Scrape
from reports.stats import Summary, hit_rate, percentile, summarize
from service.core.trend import theil_sen

__all__ = ["live_arm"]

_CONFIDENCE = 0.95
_SETTLED = 2  # readings at the end of a round, after the last answer


def live_arm(spec: ArmSpec, trace: Trace, spans: Sequence[Span], best: LiveLimits | None = None) -> Arm:
    """The arm's figures over all rounds; memory is the median round's, its peak that of any.

    `best` is what it could come to at best, where that is known.
    """
    best = best or LiveLimits()
    namespaces = _namespaces(spans, best.hit_rate_best)
    return Arm(
        name=spec.name,
        switches=tuple(spec.switches),
        metrics=_metrics(spans, namespaces),
        limits=best.limits,
        hits_by_namespace=namespaces,
        response_ms_by_command=_by_command(trace, spans),
        counters=_counters(spans),
        measures=_measures(spans),
        samples=_samples(trace, spans),
        timeline=timeline(trace, spans),
    )


def _count(spans: Sequence[Span]) -> int:
    return sum(len(span.messages) for span in spans)


def _grown(spans: Sequence[Span], figure: Callable[[Scrape], float]) -> float:
    return sum(span.grown(figure) for span in spans)


def _times(span: Span) -> list[float]:
    """What was never answered counts as the time for which it was waited."""
    waited_ms = 1000 * span.round.outcome.waited_s
    return [waited_ms if time is None else time for time in span.response_ms]


def _metrics(spans: Sequence[Span], namespaces: dict[str, NamespaceHits]) -> Metrics:
    messages = _count(spans)
    summary = summarize(time for span in spans for time in _times(span))
    hits, asked = (sum(getattr(one, field) for one in namespaces.values()) for field in ("hits", "asked"))
    cpu_ms = 1000 * sum(span.cpu_s for span in spans)
    return Metrics(
        response_ms_mean=summary.mean,
        response_ms_p50=summary.p50,
        response_ms_p90=summary.p90,
        response_ms_p99=summary.p99,
        hit_rate=hit_rate(hits, asked),
        rss_mb_settled=_settled(spans, lambda one: one.rss_mb),
        rss_mb_peak=max(reading.rss_mb for span in spans for reading in span.readings),
        upstream_calls_per_message=_grown(spans, lambda one: one.value(CALLS)) / messages,
        redis_round_trips_per_message=_grown(spans, message_trips) / messages,
        cpu_ms_per_message=cpu_ms / messages,
    )


def _settled(spans: Sequence[Span], figure: Callable[[Reading], float]) -> float:
    return statistics.median(statistics.median(map(figure, span.readings[-_SETTLED:])) for span in spans)


def _namespaces(spans: Sequence[Span], best: Mapping[str, float]) -> dict[str, NamespaceHits]:
    names = sorted({name for span in spans for name in span.last.figures.by(ASKED, "namespace")})
    found = {name: _hits(spans, name, best.get(name)) for name in names}
    return {name: hits for name, hits in found.items() if hits.asked}


def _hits(spans: Sequence[Span], name: str, best: float | None) -> NamespaceHits:
    def grown(result: str) -> int:
        return round(_grown(spans, lambda one: one.value(READS, namespace=name, result=result)))

    return NamespaceHits(
        hits=grown("hit"),
        stale=grown("stale"),
        coalesced=grown("coalesced"),
        misses=grown("miss"),
        asked=round(_grown(spans, lambda one: one.value(ASKED, namespace=name))),
        hit_rate_best=best,
    )


def _by_command(trace: Trace, spans: Sequence[Span]) -> dict[str, Summary]:
    times: dict[str, list[float]] = defaultdict(list)
    for span in spans:
        for number, response_ms in zip(span.messages, span.response_ms, strict=True):
            if response_ms is not None:
                times[trace.arrivals[number].intent].append(response_ms)
    return {command: summarize(found) for command, found in sorted(times.items())}


def _counters(spans: Sequence[Span]) -> dict[str, int]:
    answered = sum(time is not None for span in spans for time in span.response_ms)
    statuses = [span.round.outcome.statuses for span in spans]
    return {
        "rounds": len(spans),
        "answered": answered,
        "unanswered": _count(spans) - answered,
        "deliveries": sum(sum(found.values()) for found in statuses),
        "refused": sum(sum(found.values()) - found.get("200", 0) for found in statuses),
    }


def _measures(spans: Sequence[Span]) -> dict[str, float]:
    commands = sum(span.last.store_commands - span.first.store_commands for span in spans)
    found = {
        "pss_mb_settled": _pss(spans),
        "rss_mb_per_minute": _slope(spans),
        "loop_lag_ms_p99": lag_ms([(span.first.figures, span.last.figures) for span in spans]),
        "redis_round_trip_ms": round_trip_ms(spans),
        "redis_memory_mb": _settled(spans, lambda one: one.store_mb),
        "redis_commands_per_message": commands / _count(spans),
        "waiting_messages_most": max(map(_most_waiting, spans)),
        "generator_late_ms_p99": _late_ms(spans),
        "generator_cpu_share": max(span.round.outcome.cpu_share for span in spans),
    }
    return {key: value for key, value in found.items() if value is not None}


def _most_waiting(span: Span) -> float:
    return max(one.figures.value(QUEUE, state="waiting") for one in span.readings)


def _late_ms(spans: Sequence[Span]) -> float | None:
    late = sorted(late for span in spans for late in span.round.outcome.late_ms if late is not None)
    return percentile(late, 99) if late else None


def _pss(spans: Sequence[Span]) -> float | None:
    known = [one.pss_mb for span in spans for one in span.readings[-_SETTLED:] if one.pss_mb is not None]
    return statistics.median(known) if known else None


def _slope(spans: Sequence[Span]) -> float | None:
    """MB per minute while traffic goes on; the median over the rounds."""
    slopes = [
        theil_sen([one.at_unix_s / 60 for one in span.readings], [one.rss_mb for one in span.readings], _CONFIDENCE)
        for span in spans
    ]
    known = [slope.estimate for slope in slopes if slope is not None]
    return statistics.median(known) if known else None


def _samples(trace: Trace, spans: Sequence[Span]) -> Samples:
    """Round after round on one axis."""
    length_s = 60 * trace.minutes
    at_s = [place * length_s + trace.arrivals[n].at_s for place, span in enumerate(spans) for n in span.messages]
    commands = [trace.arrivals[number].intent for span in spans for number in span.messages]
    times = [time for span in spans for time in span.response_ms]
    return Samples(at_s=tuple(at_s), commands=tuple(commands), response_ms=tuple(times))
