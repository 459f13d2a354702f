"""Runs to keep."""

import msgspec

from reports.model import Arm, Conditions, Metrics, Run, Samples, Timeline, Trace

METRICS = Metrics(
    response_ms_mean=500.0,
    response_ms_p50=400.0,
    response_ms_p90=1000.0,
    response_ms_p99=2000.0,
    hit_rate=0.4,
    rss_mb_settled=60.0,
    rss_mb_peak=None,
    upstream_calls_per_message=2.0,
    redis_round_trips_per_message=8.0,
    cpu_ms_per_message=2.0,
)


def arm_of(name: str = "phase-6", mean_ms: float = 500.0, *, samples: int = 3) -> Arm:
    """An arm with so many samples and a timeline, or with neither."""
    return Arm(
        name=name,
        switches=("1.1", "3.2"),
        metrics=msgspec.structs.replace(METRICS, response_ms_mean=mean_ms),
        counters={"answered": 3},
        samples=Samples(
            at_s=tuple(float(at) for at in range(samples)),
            commands=("balance",) * samples,
            response_ms=tuple(mean_ms + at / 7 for at in range(samples)),
        )
        if samples
        else None,
        timeline=Timeline(at_s=(1.0,), series={"rss_mb": (60.0,)}) if samples else None,
    )


def run_of(*arms: Arm, commit: str = "827027b01234", digest: str = "3fa9c2", workload: str = "reference") -> Run:
    return Run(
        trace=Trace(digest=digest, seed=7, messages=3, workload=workload, minutes=60.0),
        arms=arms or (arm_of("phase-0"), arm_of()),
        conditions=Conditions(
            commit=commit, started_at="2026-01-05T08:00:00Z", python="3.11.7", processor="A processor", cores=2
        ),
    )
