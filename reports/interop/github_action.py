"""What github-action-benchmark reads with `tool: customSmallerIsBetter` or `customBiggerIsBetter`.

A file of the one has no figure of the other: each goes into a step of its own.
"""

from collections.abc import Iterator
from typing import Any, Literal

from reports.interop.common import as_json, deviation_ms
from reports.metrics import METRICS, Metric, figure, value_of
from reports.model import Arm, Run
from reports.runs_view import origin

__all__ = ["export_bigger", "export_smaller"]


def export_smaller(run: Run) -> bytes:
    """The figures of all arms of which less is better."""
    return as_json(list(_entries(run, "lower")))


def export_bigger(run: Run) -> bytes:
    """The figures of all arms of which more is better."""
    return as_json(list(_entries(run, "higher")))


def _entries(run: Run, better: Literal["lower", "higher"]) -> Iterator[dict[str, Any]]:
    extra = f"{origin(run.conditions)}\nworkload {run.trace.workload}, trace {run.trace.digest[:12]}"
    for arm in run.arms:
        for metric in METRICS:
            value = value_of(arm.metrics, metric)
            if metric.better == better and value is not None:
                entry = {"name": f"{arm.name}: {metric.title}", "unit": metric.unit or "count"}
                yield {**entry, "value": value * metric.scale, **_range(arm, metric), "extra": extra}


def _range(arm: Arm, metric: Metric) -> dict[str, str]:
    deviation = deviation_ms(arm) if metric.key == "response_ms_mean" else None
    return {} if deviation is None else {"range": f"± {figure(metric, deviation)}"}
