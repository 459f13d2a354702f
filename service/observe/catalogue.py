"""What the meter's figures are called outside, which labels they have, and what they mean.

A figure that is not listed is shown under a name made of its own, so that nothing the service counts stays hidden.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from service.observe.exposition import Family
from service.observe.histograms import Histogram

__all__ = ["COUNTERS", "HISTOGRAMS", "Listed", "counter_families", "histogram_families"]


def _whole(label: str) -> tuple[str, ...] | None:
    return (label,)


def _none(_label: str) -> tuple[str, ...] | None:
    return ()


def _pair(label: str) -> tuple[str, ...] | None:
    first, _, second = label.partition(":")
    return (first, second)


def _asked(label: str) -> tuple[str, ...] | None:
    namespace, what = label.split(":") if ":" in label else (label, "")
    return (namespace,) if what == "asked" else None


def _answered(label: str) -> tuple[str, ...] | None:
    return None if label.endswith(":asked") else _pair(label)


def _heard(label: str) -> tuple[str, ...] | None:
    listener, _, what = label.rpartition(":")
    return (listener or "bus", what)


class Listed(NamedTuple):
    """A figure by its name in the meter; `split` gives the labels' values, None for what belongs elsewhere."""

    source: str
    name: str
    labels: tuple[str, ...]
    split: Callable[[str], tuple[str, ...] | None]
    help: str


COUNTERS = (
    Listed("webhooks", "pulse_webhooks_total", ("status",), _whole, "Deliveries of WhatsApp by the status answered"),
    Listed("messages", "pulse_messages_total", ("what",), _whole, "Messages: accepted, duplicate, failed ..."),
    Listed("statuses", "pulse_statuses_total", ("status",), _whole, "What WhatsApp says became of replies"),
    Listed("commands", "pulse_commands_total", ("command",), _whole, "Messages by the command they were understood as"),
    Listed("errors", "pulse_command_errors_total", ("command",), _whole, "Commands that ended in a mistake of ours"),
    Listed("troubles", "pulse_command_troubles_total", ("reason",), _whole, "Commands that ended in an apology"),
    Listed("reads", "pulse_reads_asked_total", ("namespace",), _asked, "Cacheable reads that commands asked for"),
    Listed("reads", "pulse_reads_total", ("namespace", "result"), _answered, "How reads were answered"),
    Listed("upstream_calls", "pulse_upstream_calls_total", ("operation",), _whole, "Requests sent to Flash"),
    Listed(
        "upstream_outcomes",
        "pulse_upstream_outcomes_total",
        ("operation", "outcome"),
        _pair,
        "What came back: answered, refused, not_sent, no_answer or cancelled",
    ),
    Listed("single_flight", "pulse_single_flight_total", ("role",), _whole, "Reads that led or joined a flight"),
    Listed("cache_writes", "pulse_cache_writes_total", ("result",), _whole, "Writes to the cache"),
    Listed("cache_errors", "pulse_cache_errors_total", ("operation",), _whole, "Cache operations the store failed"),
    Listed("early_refresh", "pulse_early_refreshes_total", ("namespace",), _whole, "Refreshes ahead of expiry"),
    Listed(
        "fetched_along", "pulse_reads_along_total", ("namespace",), _whole, "Reads taken along by another one's request"
    ),
    Listed(
        "batching", "pulse_batching_total", ("what",), _whole, "Batching: reads asked, requests made, asked again ..."
    ),
    Listed("renewals", "pulse_renewals_total", ("result",), _whole, "Figures fetched again after a payment"),
    Listed("warm_calls", "pulse_warm_calls_total", ("namespace",), _whole, "Reads fetched by warming"),
    Listed("warm_errors", "pulse_warm_errors_total", ("reason",), _whole, "Failures of warming"),
    Listed("breaker", "pulse_breaker_events_total", ("event",), _whole, "Reads refused, and states entered"),
    Listed("chat_calls", "pulse_chat_calls_total", ("kind",), _whole, "Requests sent to WhatsApp"),
    Listed("replies", "pulse_replies_total", ("result",), _whole, "Replies: sent, failed (tried again), refused ..."),
    Listed("early_refresh_failed", "pulse_early_refreshes_failed_total", ("namespace",), _whole, "Those that failed"),
    Listed(
        "background_left", "pulse_background_reads_left_total", ("namespace",), _whole, "Reads left: too many tasks"
    ),
    Listed("store_commands", "pulse_store_commands_total", ("connection",), _whole, "Commands sent to the store"),
    Listed("store_failures", "pulse_store_failures_total", ("connection",), _whole, "Round trips without an answer"),
    Listed("store_unreadable", "pulse_store_unreadable_total", ("place",), _whole, "Records that cannot be read"),
    Listed("background_errors", "pulse_background_errors_total", ("task",), _whole, "Background work that failed"),
    Listed("pool", "pulse_pool_jobs_total", ("what",), _whole, "Work for the processor in processes of its own (5.2)"),
    Listed("events", "pulse_events_total", ("listener", "what"), _heard, "Events, and what became of them (4.1)"),
    Listed("recipient_notices", "pulse_recipient_notices_total", ("result",), _whole, "Recipients told of a payment"),
    Listed("exposures", "pulse_experiment_users_total", ("arm",), _whole, "Users who came into an experiment (6.3)"),
    Listed("unmeasured", "pulse_experiment_unmeasured_total", ("arm",), _whole, "Messages of users beyond the bound"),
    Listed("payments", "pulse_payment_transitions_total", ("before", "after"), _pair, "Payments' changes of state"),
    Listed("reconciled", "pulse_reconciled_total", ("state",), _whole, "Payments looked up, by what they came to"),
    Listed("payment_alarms", "pulse_payment_alarms_total", (), _none, "Payments that Flash's books contradict"),
)

HISTOGRAMS = (
    Listed(
        "response_s",
        "pulse_response_seconds",
        ("command",),
        _whole,
        "From a message accepted to its last reply handed to WhatsApp",
    ),
    Listed("message_s", "pulse_message_seconds", (), _none, "A worker's time with a message"),
    Listed("upstream_s", "pulse_upstream_seconds", ("operation",), _whole, "Requests to Flash"),
    Listed("chat_s", "pulse_chat_seconds", ("outcome",), _whole, "Requests to WhatsApp"),
    Listed("store_s", "pulse_store_round_trip_seconds", ("connection",), _whole, "Round trips to the store"),
    Listed("loop_lag_s", "pulse_loop_lag_seconds", (), _none, "How much too late the event loop woke a timer"),
)

_T = TypeVar("_T")
_NOT_A_NAME = re.compile(r"[^a-z0-9_]+")


def counter_families(counts: Mapping[tuple[str, str], int]) -> Iterator[Family]:
    """The meter's counters; those listed also where nothing was counted yet."""
    by_name = _by_name(counts)
    for listed in COUNTERS:
        figures = by_name.get(listed.source) or ({} if listed.labels else {"": 0})
        yield Family(listed.name, "counter", listed.help, listed.labels, _samples(listed, figures))
    for name in _others(by_name, COUNTERS):
        listed = _made_up(name, f"{_plain(name)}_total", by_name[name])
        yield Family(listed.name, "counter", listed.help, listed.labels, _samples(listed, by_name[name]))


def histogram_families(histograms: Mapping[tuple[str, str], Histogram]) -> Iterator[Family]:
    """What the meter has observed, in buckets; those listed also where nothing was observed yet."""
    by_name = _by_name(histograms)
    for listed in HISTOGRAMS:
        samples = _samples(listed, by_name.get(listed.source, {}))
        yield Family(listed.name, "histogram", listed.help, listed.labels, samples)
    for name in _others(by_name, HISTOGRAMS):
        outside = f"{_plain(name).removesuffix('_s')}_seconds" if name.endswith("_s") else _plain(name)
        listed = _made_up(name, outside, by_name[name])
        yield Family(listed.name, "histogram", listed.help, listed.labels, _samples(listed, by_name[name]))


def _by_name(figures: Mapping[tuple[str, str], _T]) -> dict[str, dict[str, _T]]:
    found: dict[str, dict[str, _T]] = defaultdict(dict)
    for (name, label), figure in figures.items():
        found[name][label] = figure
    return found


def _samples(listed: Listed, figures: Mapping[str, _T]) -> dict[tuple[str, ...], _T]:
    return {values: figure for label, figure in figures.items() if (values := listed.split(label)) is not None}


def _others(names: Iterable[str], catalogue: tuple[Listed, ...]) -> list[str]:
    return sorted(set(names) - {listed.source for listed in catalogue})


def _made_up(name: str, outside: str, figures: Mapping[str, object]) -> Listed:
    is_bare = set(figures) == {""}
    return Listed(name, outside, () if is_bare else ("label",), _none if is_bare else _whole, f"The meter's {name}")


def _plain(name: str) -> str:
    return f"pulse_{_NOT_A_NAME.sub('_', name.lower())}"
