"""A baseline against a candidate, metric by metric: exact differences, which is all that exact figures need."""

from typing import Literal

import msgspec

from reports.metrics import METRICS, Metric, value_of
from reports.model import Arm
from reports.targets import Target, is_met, target_of

__all__ = ["Change", "Direction", "Row", "change", "compare", "limit_of"]

Direction = Literal["better", "worse", "same"]

_LIMITS = {
    "response_ms_mean": "response_ms_mean_floor",
    "hit_rate": "hit_rate_best",
    "upstream_calls_per_message": "upstream_calls_per_message_floor",
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Candidate minus baseline, in the metric's unit and as a share of the baseline (None where that is 0)."""

    absolute: float
    relative: float | None
    direction: Direction


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of both arms. What was not measured, or does not exist for the metric, is None.

    `limit_ratio` is the candidate's value divided by its limit: 1 where nothing is left to gain.
    """

    metric: Metric
    baseline: float | None
    candidate: float | None
    change: Change | None
    target: Target | None
    target_met: bool | None
    limit: float | None
    limit_ratio: float | None


def compare(baseline: Arm, candidate: Arm) -> tuple[Row, ...]:
    """A row for every metric, in the catalogue's order. Targets and limits are held against the candidate."""
    return tuple(_row(metric, baseline, candidate) for metric in METRICS)


def change(metric: Metric, baseline: float | None, candidate: float | None) -> Change | None:
    """What became of a metric; None where one of the two was not measured."""
    if baseline is None or candidate is None:
        return None
    absolute = candidate - baseline
    relative = absolute / baseline if baseline else None
    return Change(absolute=absolute, relative=relative, direction=_direction(metric, absolute))


def limit_of(metric: Metric, arm: Arm) -> float | None:
    """What the metric could be at best in this arm."""
    name = _LIMITS.get(metric.key)
    return getattr(arm.limits, name) if name else None


def _direction(metric: Metric, absolute: float) -> Direction:
    if absolute == 0:
        return "same"
    return "better" if (absolute < 0) == (metric.better == "lower") else "worse"


def _row(metric: Metric, baseline: Arm, candidate: Arm) -> Row:
    before, after = value_of(baseline.metrics, metric), value_of(candidate.metrics, metric)
    target, limit = target_of(metric.key), limit_of(metric, candidate)
    return Row(
        metric=metric,
        baseline=before,
        candidate=after,
        change=change(metric, before, after),
        target=target,
        target_met=None if target is None or after is None else is_met(target, after),
        limit=limit,
        limit_ratio=after / limit if limit and after is not None else None,
    )
