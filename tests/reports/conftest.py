"""A run of two arms, as a bench would give it."""

import msgspec
import pytest

from reports.model import Arm, Conditions, Limits, Metrics, NamespaceHits, Run, Trace
from reports.stats import Summary

BEFORE = Metrics(
    response_ms_mean=500.0,
    response_ms_p50=400.0,
    response_ms_p90=1000.0,
    response_ms_p99=2000.0,
    hit_rate=0.4,
    rss_mb_settled=60.0,
    rss_mb_peak=64.0,
    upstream_calls_per_message=2.0,
    redis_round_trips_per_message=8.0,
    cpu_ms_per_message=2.0,
)
AFTER = msgspec.structs.replace(
    BEFORE,
    response_ms_mean=250.0,
    response_ms_p50=400.0,
    response_ms_p99=2200.0,
    hit_rate=0.72,
    rss_mb_settled=66.0,
    upstream_calls_per_message=0.8,
)


@pytest.fixture
def baseline() -> Arm:
    return Arm(
        name="phase-0",
        switches=(),
        metrics=BEFORE,
        limits=Limits(hit_rate_best=0.45),
        hits_by_namespace={"price": NamespaceHits(hits=40, stale=0, coalesced=0, misses=60, asked=100)},
        response_ms_by_command={"price": Summary(count=50, mean=480.0, p50=400.0, p90=900.0, p99=1900.0)},
    )


@pytest.fixture
def candidate() -> Arm:
    return Arm(
        name="phase-3",
        switches=("1.1", "3.2"),
        metrics=AFTER,
        limits=Limits(
            hit_rate_best=0.90,
            hit_rate_best_on_demand=0.75,
            upstream_calls_per_message_floor=0.64,
            response_ms_mean_floor=125.0,
        ),
        hits_by_namespace={"price": NamespaceHits(hits=72, stale=3, coalesced=5, misses=20, asked=100)},
        response_ms_by_command={"price": Summary(count=50, mean=240.0, p50=200.0, p90=700.0, p99=1200.0)},
        counters={"replies": 50},
    )


@pytest.fixture
def run(baseline: Arm, candidate: Arm) -> Run:
    return Run(
        trace=Trace(digest="3fa9c2", seed=7, messages=12_345, workload="reference", minutes=60.0),
        arms=(baseline, candidate),
        conditions=Conditions(python="3.11.7", platform="Linux", cores=2, versions={"Valkey": "9.1.2"}),
        notes=("One thing more.",),
        wall_s=41.25,
    )
