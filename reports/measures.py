"""All figures of an arm by one kind of key: those that every report shows, and those that single experiments need."""

import msgspec

from reports.metrics import FURTHER, METRICS, Metric, value_of
from reports.model import Arm

__all__ = ["COSTS", "figures_of", "measure_named"]

COSTS = ("hit_rate", "upstream_calls_per_message", "redis_round_trips_per_message")
"""The metrics that an arm has by command, beside response times."""

_TIMES = "response_ms_mean"


def figures_of(arm: Arm) -> dict[str, float]:
    """Metrics, measures and counters by their keys, and `response_ms_mean:balance` and the like for each command."""
    metrics = {metric.key: value_of(arm.metrics, metric) for metric in METRICS}
    times = {f"{_TIMES}:{name}": found.mean for name, found in arm.response_ms_by_command.items()}
    costs = {f"{key}:{name}": getattr(found, key) for name, found in arm.costs_by_command.items() for key in COSTS}
    measured = {key: value for key, value in (metrics | costs).items() if value is not None}
    return measured | arm.measures | times | {key: float(count) for key, count in arm.counters.items()}


def measure_named(key: str) -> Metric:
    """How a figure is called and shown, and which direction is better; one that nobody described is a plain number."""
    metric, _, command = key.partition(":")
    known = next((one for one in (*METRICS, *FURTHER) if one.key == metric), None)
    if known is not None and not command:
        return known
    if known is not None and metric in {_TIMES, *COSTS}:
        title = "Response time" if metric == _TIMES else known.title
        return msgspec.structs.replace(known, key=key, title=f"{title} of {command}")
    return Metric(key=key, title=key.replace("_", " ").capitalize(), unit="", better="lower", digits=3)
