"""The catalogue of metrics: their order, names, units and directions, once for every report."""

from typing import Literal

import msgspec

from reports.model import Metrics

__all__ = ["FURTHER", "METRICS", "Metric", "figure", "value_of"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of an arm. Shown with `digits` decimals, multiplied by `scale`, in `unit`.

    A `process` metric comes from a real process even when the rest of the run is of virtual time, and varies from run
    to run.
    """

    key: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    digits: int
    scale: float = 1.0
    process: bool = False


METRICS = (
    Metric(key="response_ms_mean", title="Response time mean", unit="ms", better="lower", digits=1),
    Metric(key="response_ms_p50", title="Response time p50", unit="ms", better="lower", digits=1),
    Metric(key="response_ms_p90", title="Response time p90", unit="ms", better="lower", digits=1),
    Metric(key="response_ms_p99", title="Response time p99", unit="ms", better="lower", digits=1),
    Metric(key="hit_rate", title="Cache hit rate", unit="%", better="higher", digits=1, scale=100.0),
    Metric(key="rss_mb_settled", title="RSS settled", unit="MB", better="lower", digits=1, process=True),
    Metric(key="rss_mb_peak", title="RSS peak", unit="MB", better="lower", digits=1, process=True),
    Metric(key="upstream_calls_per_message", title="Upstream calls per message", unit="", better="lower", digits=3),
    Metric(
        key="redis_round_trips_per_message", title="Redis round trips per message", unit="", better="lower", digits=3
    ),
    Metric(key="cpu_ms_per_message", title="CPU per message", unit="ms", better="lower", digits=3, process=True),
)

"""What every arm has, beside memory and CPU, which need a process."""

FURTHER = (
    Metric(
        key="redundant_calls_per_message",
        title="Upstream calls per message beyond the fewest possible",
        unit="",
        better="lower",
        digits=4,
    ),
    Metric(
        key="response_ms_mean_complex",
        title="Response time of commands with several reads",
        unit="ms",
        better="lower",
        digits=1,
    ),
    Metric(key="unanswered", title="Messages without an answer", unit="", better="lower", digits=0),
    Metric(
        key="messages_per_s", title="Messages of a burst per second", unit="/s", better="higher", digits=1, process=True
    ),
    Metric(key="goodput_per_s", title="Replies in time at overload", unit="/s", better="higher", digits=1),
    Metric(key="delay_ms_p99", title="Delay by others' heavy work p99", unit="ms", better="lower", digits=1),
    Metric(key="rss_spike_mb", title="Memory spike", unit="MB", better="lower", digits=1, process=True),
    Metric(
        key="leak_watch_mistakes",
        title="False alarms, and planted leaks that were missed",
        unit="",
        better="lower",
        digits=0,
        process=True,
    ),
    Metric(
        key="experiment_mistakes",
        title="False alarms, or effects that were missed, whichever are more",
        unit="%",
        better="lower",
        digits=1,
        scale=100.0,
    ),
    Metric(key="pss_mb_settled", title="PSS settled", unit="MB", better="lower", digits=1, process=True),
    Metric(key="rss_mb_per_minute", title="RSS slope, MB per minute", unit="", better="lower", digits=2, process=True),
    Metric(key="loop_lag_ms_p99", title="Event loop lag p99", unit="ms", better="lower", digits=1, process=True),
    Metric(key="waiting_messages_most", title="Most messages waiting", unit="", better="lower", digits=0, process=True),
    Metric(
        key="redis_commands_per_message",
        title="Redis commands per message",
        unit="",
        better="lower",
        digits=2,
        process=True,
    ),
    Metric(key="redis_round_trip_ms", title="Redis round trip", unit="ms", better="lower", digits=2, process=True),
    Metric(key="redis_memory_mb", title="Redis memory", unit="MB", better="lower", digits=2, process=True),
    Metric(key="generator_late_ms_p99", title="Generator late p99", unit="ms", better="lower", digits=2, process=True),
    Metric(
        key="rss_mb_per_million_messages",
        title="RSS slope, MB per million messages",
        unit="",
        better="lower",
        digits=2,
        process=True,
    ),
    Metric(key="broke_at_per_s", title="Broke at", unit="/s", better="higher", digits=1, process=True),
    Metric(key="capacity_per_s", title="Capacity", unit="/s", better="higher", digits=1),
    Metric(key="fails_at_per_s", title="Fails at", unit="/s", better="higher", digits=1),
    Metric(key="redis_operation_ms", title="Redis operation", unit="ms", better="lower", digits=3),
    Metric(
        key="coverage_percent", title="Test coverage, % (the last `nox -s tests`)", unit="", better="higher", digits=1
    ),
    *(
        Metric(key=key, title=title, unit="", better="lower", digits=digits)
        for key, title, digits in (
            ("complexity_most", "Greatest cyclomatic complexity", 0),
            ("complexity_of_commands_most", "Greatest cyclomatic complexity of the commands", 0),
            ("lines_per_file_mean", "Mean lines per file", 1),
            ("lines_per_file_most", "Most lines of a file", 0),
            ("import_cycles", "Circular imports", 0),
            ("imports_between_stages", "Imports between stages", 0),
            ("imports_of_replies_by_commands", "Imports of replies by commands", 0),
            ("rules_outside_of_rules", "Rules of validation outside of their modules", 0),
            ("lines_per_handler_mean", "Mean lines per handler", 1),
        )
    ),
)
"""Figures for the claims of single items; an arm has those that its run could give."""


def value_of(metrics: Metrics, metric: Metric) -> float | None:
    """The arm's value of a metric, unscaled; None where it was not measured."""
    value: float | None = getattr(metrics, metric.key)
    return value


def figure(metric: Metric, value: float | None) -> str:
    """The value as shown, without its unit; a dash where it was not measured."""
    return "-" if value is None else f"{value * metric.scale:,.{metric.digits}f}"
