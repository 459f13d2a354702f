"""What a running service did between two looks at its metrics, as figures."""

import msgspec

from reports.quantiles import increase, quantile
from reports.scrape import Scrape

__all__ = ["CommandFigures", "Frame", "NamespaceFigures", "Timing", "frame_of"]

_MB = 1_000_000
_MESSAGES = ("shared", "pooled")  # the third connection is housekeeping's


class Timing(msgspec.Struct, frozen=True):
    """How many times something was done, and how long it took; times are None when it was not done at all."""

    count: int
    p50_ms: float | None
    p99_ms: float | None


class CommandFigures(msgspec.Struct, frozen=True):
    """Response times of one command."""

    command: str
    per_s: float
    response: Timing


class NamespaceFigures(msgspec.Struct, frozen=True):
    """Cacheable reads of one namespace; `hit_rate` is 0 to 1, None when nothing was asked for."""

    namespace: str
    asked: int
    hits: int
    hit_rate: float | None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One look. Rates and times are of the interval, the rest is as it is now."""

    interval_s: float
    version: str
    phase: str
    commands: tuple[CommandFigures, ...]
    messages_per_s: float
    errors_per_s: float
    replies_failed_per_s: float
    hit_rate: float | None
    namespaces: tuple[NamespaceFigures, ...]
    upstream_per_s: float
    upstream_failed_per_s: float
    upstream: Timing
    store_per_s: float
    store: Timing
    loop_lag: Timing
    cpu_share: float
    messages_waiting: int
    messages_active: int
    outbox_queued: int
    breakers: dict[str, str]
    rss_mb: float
    open_fds: int
    tasks: int
    payment_alarms: int
    switches: dict[str, float]


class _Interval:
    """The increase of counters between two looks."""

    def __init__(self, before: Scrape, now: Scrape, seconds: float) -> None:
        self._before = before
        self._now = now
        self._seconds = max(seconds, 1e-9)

    def count(self, name: str, **labels: str) -> float:
        before, now = self._before.value(name, **labels), self._now.value(name, **labels)
        return now - before if now >= before else now

    def rate(self, name: str, **labels: str) -> float:
        return self.count(name, **labels) / self._seconds

    def timing(self, name: str, **labels: str) -> Timing:
        found = increase(self._before.buckets(name, **labels), self._now.buckets(name, **labels))
        p50, p99 = (quantile(found, share) for share in (0.5, 0.99))
        return Timing(int(max(found.values(), default=0)), _ms(p50), _ms(p99))


def frame_of(before: Scrape, now: Scrape, seconds: float) -> Frame:
    """The figures of an interval of so many seconds; an empty `before` is the start of the process."""
    if before.value("pulse_start_time_seconds") != now.value("pulse_start_time_seconds"):
        before = Scrape()  # another process: whatever it has counted is new
    interval = _Interval(before, now, seconds)
    namespaces = tuple(_namespace(interval, name) for name in sorted(now.by("pulse_reads_asked_total", "namespace")))
    version, phase = (next(iter(now.by("pulse_build_info", label)), "") for label in ("version", "phase"))
    return Frame(
        interval_s=seconds,
        version=version,
        phase=phase,
        commands=_commands(interval, now, seconds),
        messages_per_s=interval.rate("pulse_messages_total", what="accepted"),
        errors_per_s=interval.rate("pulse_command_errors_total") + interval.rate("pulse_command_troubles_total"),
        replies_failed_per_s=interval.rate("pulse_replies_total", result="failed"),
        hit_rate=_share(sum(one.hits for one in namespaces), sum(one.asked for one in namespaces)),
        namespaces=namespaces,
        upstream_per_s=interval.rate("pulse_upstream_calls_total"),
        upstream_failed_per_s=sum(
            interval.rate("pulse_upstream_outcomes_total", outcome=outcome) for outcome in ("not_sent", "no_answer")
        ),
        upstream=interval.timing("pulse_upstream_seconds"),
        store_per_s=sum(interval.rate("pulse_store_round_trips_total", connection=name) for name in _MESSAGES),
        store=interval.timing("pulse_store_round_trip_seconds"),
        loop_lag=interval.timing("pulse_loop_lag_seconds"),
        cpu_share=interval.rate("pulse_cpu_seconds_total"),
        messages_waiting=int(now.value("pulse_queue_messages", state="waiting")),
        messages_active=int(now.value("pulse_queue_messages", state="active")),
        outbox_queued=int(now.value("pulse_outbox_queued")),
        breakers=_breakers(now),
        rss_mb=now.value("pulse_resident_memory_bytes") / _MB,
        open_fds=int(now.value("pulse_open_fds")),
        tasks=int(now.value("pulse_tasks")),
        payment_alarms=int(now.value("pulse_payment_alarms_total")),
        switches=dict(sorted(now.by("pulse_switch_users_ratio", "item").items())),
    )


def _commands(interval: _Interval, now: Scrape, seconds: float) -> tuple[CommandFigures, ...]:
    """Those that were answered in the interval, the most frequent first."""
    found = [(name, interval.timing("pulse_response_seconds", command=name)) for name in _answered(now)]
    rows = [CommandFigures(name, timing.count / max(seconds, 1e-9), timing) for name, timing in found if timing.count]
    return tuple(sorted(rows, key=lambda row: (-row.response.count, row.command)))


def _answered(now: Scrape) -> list[str]:
    return sorted(now.by("pulse_response_seconds_count", "command"))


def _namespace(interval: _Interval, name: str) -> NamespaceFigures:
    asked = int(interval.count("pulse_reads_asked_total", namespace=name))
    hits = int(interval.count("pulse_reads_total", namespace=name, result="hit"))
    return NamespaceFigures(name, asked, hits, _share(hits, asked))


def _breakers(now: Scrape) -> dict[str, str]:
    names = sorted(now.by("pulse_breaker_state", "breaker"))
    states = {name: now.by("pulse_breaker_state", "state", breaker=name) for name in names}
    return {name: next((state for state, on in found.items() if on), "unknown") for name, found in states.items()}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds
