"""Bencher Metric Format: a benchmark for each arm, a measure for each figure.

Source: Bencher's reference, "Bencher Metric Format (BMF)". Measures are named by slugs, so that they are made where
there are none yet. The bounds of the mean response time are a standard deviation away, as Bencher has it for
pytest-benchmark.
"""

from reports.interop.common import as_json, deviation_ms
from reports.metrics import METRICS, value_of
from reports.model import Arm, Run

__all__ = ["export"]


def export(run: Run) -> bytes:
    """All figures of all arms that were measured, unscaled."""
    return as_json({arm.name: _measures(arm) for arm in run.arms})


def _measures(arm: Arm) -> dict[str, dict[str, float]]:
    values = {metric.key: value_of(arm.metrics, metric) for metric in METRICS}
    measured = {key.replace("_", "-"): {"value": value} for key, value in values.items() if value is not None}
    deviation, mean_ms = deviation_ms(arm), arm.metrics.response_ms_mean
    if deviation is not None:
        bounds = {"lower_value": max(0.0, mean_ms - deviation), "upper_value": mean_ms + deviation}
        measured["response-ms-mean"] |= bounds
    return measured
