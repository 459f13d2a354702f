"""Figures of a virtual run for the claims of single items; their names and units are in `reports.metrics.FURTHER`."""

from profiles.virtual_run import VirtualRun
from reports.model import Limits
from reports.stats import mean

__all__ = ["COMPLEX", "measures"]

COMPLEX = frozenset({"balance", "refresh", "price", "send", "amount", "receive"})
"""Commands that need several reads which do not depend on each other."""


def measures(run: VirtualRun, limits: Limits) -> dict[str, float]:
    """What this run can say beyond the metrics that every report shows."""
    found: dict[str, float] = {}
    floor = limits.upstream_calls_per_message_floor
    if floor is not None:
        found["redundant_calls_per_message"] = sum(run.upstream_calls.values()) / len(run.responses) - floor
    complex_ms = [one.response_ms for one in run.responses if one.intent in COMPLEX and one.response_ms is not None]
    if complex_ms:
        found["response_ms_mean_complex"] = mean(complex_ms)
    if run.store_operations:
        found["redis_operation_ms"] = run.store_ms / run.store_operations
    return found
