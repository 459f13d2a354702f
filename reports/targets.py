"""The roadmap's performance targets, as data.

Source: the roadmap's "Performance Metrics (Baseline)" and "Performance Targets (End of Phase 6)". Its fourth target,
five times the concurrent capacity, is not among them: a run of virtual time has no capacity to report.
"""

from typing import Literal

import msgspec

__all__ = ["TARGETS", "Target", "is_met", "target_of"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on one metric, in the metric's own unit (`hit_rate` 0 to 1), and the roadmap's baseline for it."""

    metric: str
    direction: Literal["below", "above"]
    bound: float
    baseline: float
    text: str


TARGETS = (
    Target(metric="response_ms_mean", direction="below", bound=200.0, baseline=500.0, text="< 200 ms"),
    Target(metric="hit_rate", direction="above", bound=0.80, baseline=0.40, text="> 80 %"),
    Target(metric="rss_mb_settled", direction="below", bound=200.0, baseline=350.0, text="< 200 MB"),
)


def target_of(metric: str) -> Target | None:
    """The target for a metric, by its key, where the roadmap has one."""
    return next((target for target in TARGETS if target.metric == metric), None)


def is_met(target: Target, value: float) -> bool:
    """Whether a value is on the right side of the bound; on the bound is not enough."""
    return value < target.bound if target.direction == "below" else value > target.bound
