"""k6's end-of-test summary, as `handleSummary` gets it and `JSON.stringify` writes it.

Source: k6's documentation, "End of test: handleSummary", and `summarizeMetricsToObject` in its source. A message and
its reply stand for an HTTP request. Percentiles are ours: one of the samples, where k6 interpolates between two.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from reports.interop.common import answered_ms, as_json
from reports.metrics import METRICS, value_of
from reports.model import Arm, Run
from reports.stats import hit_rate, mean, percentile

__all__ = ["export"]

_PERCENTILES = {"med": 50, "p(90)": 90, "p(95)": 95, "p(99)": 99}
_ROOT = {"name": "", "path": "", "id": "d41d8cd98f00b204e9800998ecf8427e", "groups": [], "checks": []}
_ELSEWHERE = ("response_ms_", "hit_rate")


def export(run: Run) -> bytes:
    """The summary of the last arm; k6 has one test in a file. Raises RunError without its raw samples."""
    arm = run.arms[-1]
    duration_s = _duration_s(run)
    summary = {
        "root_group": _ROOT,
        "options": {
            "summaryTrendStats": ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"],
            "summaryTimeUnit": "",
            "noColor": False,
        },
        "state": {"isStdOutTTY": False, "isStdErrTTY": False, "testRunDurationMs": 1000 * duration_s},
        "metrics": dict(_metrics(arm, duration_s)),
    }
    return as_json(summary)


def _duration_s(run: Run) -> float:
    samples = run.arms[-1].samples
    if run.trace.minutes:
        return 60 * run.trace.minutes
    return max(samples.at_s, default=0.0) if samples else 0.0


def _metrics(arm: Arm, duration_s: float) -> Iterator[tuple[str, dict[str, Any]]]:
    answered = answered_ms(arm)
    commands = arm.samples.commands if arm.samples else ()
    sent = len(commands)
    requests = {"count": sent, "rate": sent / duration_s if duration_s else 0.0}
    yield "http_reqs", _metric("counter", requests)
    yield "iterations", _metric("counter", requests)
    yield "http_req_duration", _trend(answered)
    for command in sorted(set(commands)):
        yield f"http_req_duration{{command:{command}}}", _trend(answered_ms(arm, command))
    yield "http_req_failed", _rate(sent - len(answered), sent)
    hits = arm.hits_by_namespace.values()
    reads = _rate(sum(one.hits for one in hits), sum(one.asked for one in hits))
    yield "pulse_hit_rate", {**reads, "values": {**reads["values"], "rate": arm.metrics.hit_rate}}
    for metric in METRICS:
        value = value_of(arm.metrics, metric)
        if value is not None and not metric.key.startswith(_ELSEWHERE):
            yield f"pulse_{metric.key}", _metric("gauge", {"value": value, "min": value, "max": value})


def _trend(times_ms: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(times_ms) or [0.0]  # as k6 has it for a trend without a value
    values = {"avg": mean(ordered), "min": ordered[0], "max": ordered[-1]}
    values |= {name: percentile(ordered, percent) for name, percent in _PERCENTILES.items()}
    return _metric("trend", values, contains="time")


def _rate(passes: int, total: int) -> dict[str, Any]:
    """In `http_req_failed`, as in k6, those that failed are the ones that "pass"."""
    return _metric("rate", {"rate": hit_rate(passes, total), "passes": passes, "fails": total - passes})


def _metric(kind: str, values: dict[str, float], contains: str = "default") -> dict[str, Any]:
    return {"type": kind, "contains": contains, "values": values}
