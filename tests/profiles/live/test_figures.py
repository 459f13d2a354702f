"""From rounds to the figures of an arm, with readings made up."""

from typing import Any

import pytest

from profiles.arms import phase_arm
from profiles.live.bench import observed, order_of
from profiles.live.figures import live_arm
from profiles.live.orders import Outcome
from profiles.live.round import Round
from profiles.live.sampler import Reading
from profiles.live.spans import span_of
from profiles.trace import Arrival, Trace
from reports.scrape import parse
from service.core.errors import ConfigError

BEGIN = 1_800_000_000.0


def trace(count: int = 10) -> Trace:
    arrivals = tuple(Arrival(float(n), 0, f"wamid.{n}", "text", "balance", "balance") for n in range(count))
    return Trace("made-up", 1, count / 60, arrivals, ())


def reading(at_s: float, **changes: Any) -> Reading:
    """What a bot says that gets a message each second: one of two reads is a hit, three round trips, one call."""
    done = max(0, int(at_s))
    figures = (
        f'pulse_reads_asked_total{{namespace="balance"}} {2 * done}\n'
        f'pulse_reads_total{{namespace="balance",result="hit"}} {done}\n'
        f'pulse_reads_total{{namespace="balance",result="miss"}} {done}\n'
        f'pulse_upstream_calls_total{{operation="balance"}} {done}\n'
        f'pulse_store_round_trips_total{{connection="shared"}} {3 * done}\n'
        f'pulse_store_round_trips_total{{connection="apart"}} {100 * done}\n'
        f'pulse_loop_lag_seconds_bucket{{le="0.001"}} {4 * done}\n'
        f'pulse_loop_lag_seconds_bucket{{le="+Inf"}} {4 * done}\n'
        f'pulse_queue_messages{{state="waiting"}} {done % 3}\n'
    )
    facts: dict[str, Any] = {
        "at_unix_s": BEGIN + at_s,
        "cpu_s": 1.0 + 0.004 * done,
        "rss_mb": 80.0 + at_s / 60,
        "pss_mb": 60.0,
        "store_mb": 2.0,
        "store_commands": 7 * done,
        "figures": parse(figures),
    }
    return Reading(**(facts | changes))


def round_of(answered_ms: tuple[float | None, ...], **changes: Any) -> Round:
    count = len(answered_ms)
    outcome = Outcome(
        start_unix_s=BEGIN,
        late_ms=(0.5,) * count,
        accepted_ms=(2.0,) * count,
        answered_ms=answered_ms,
        statuses={"200": count},
        waited_s=40.0,
        cpu_s=1.0,
        clock_step_ms=0.0,
    )
    readings = tuple(reading(float(at_s), **changes) for at_s in range(-1, count + 2))
    return Round(arm="phase-6", store="Valkey 9", outcome=outcome, readings=readings)


def test_counters_are_of_the_measured_part_per_message() -> None:
    found = live_arm(phase_arm(6), trace(), [span_of(round_of((100.0,) * 10), trace(), 0.0)])
    metrics = found.metrics
    assert metrics.hit_rate == 0.5
    assert metrics.upstream_calls_per_message == pytest.approx(1.1)
    assert metrics.redis_round_trips_per_message == pytest.approx(3.3)
    assert metrics.cpu_ms_per_message == pytest.approx(4.4)
    assert found.measures["redis_commands_per_message"] == pytest.approx(7.7)
    assert found.measures["rss_mb_per_minute"] == pytest.approx(1.0)
    assert found.measures["loop_lag_ms_p99"] == pytest.approx(0.99)


def test_a_warm_up_is_not_measured() -> None:
    times = (9_000.0,) * 5 + (100.0,) * 5
    found = live_arm(phase_arm(6), trace(), [span_of(round_of(times), trace(), 5.0)])
    assert found.metrics.response_ms_p99 == 100.0
    assert found.counters["answered"] == 5
    assert found.samples is not None
    assert found.samples.at_s == (5.0, 6.0, 7.0, 8.0, 9.0)


def test_what_was_never_answered_stays_in_the_percentiles_and_is_counted() -> None:
    times = (100.0,) * 8 + (None, None)
    found = live_arm(phase_arm(6), trace(), [span_of(round_of(times), trace(), 0.0)])
    assert found.metrics.response_ms_p90 == 40_000.0
    assert (found.counters["answered"], found.counters["unanswered"]) == (8, 2)
    assert found.samples is not None
    assert found.samples.response_ms[-1] is None


def test_rounds_follow_each_other_on_one_axis() -> None:
    spans = [span_of(round_of((100.0,) * 10), trace(), 0.0)] * 2
    found = live_arm(phase_arm(6), trace(), spans)
    assert found.timeline is not None
    assert found.timeline.at_s[-1] == 20.0
    assert list(found.timeline.at_s) == sorted(found.timeline.at_s)
    assert found.samples is not None
    assert found.samples.at_s[10] == 10.0
    assert set(found.timeline.series) >= {"rss_mb", "pss_mb", "hit_rate", "loop_lag_ms", "redis_memory_mb"}


def test_memory_that_the_system_does_not_tell_is_left_out() -> None:
    spans = [span_of(round_of((100.0,) * 10, pss_mb=None), trace(), 0.0)]
    assert "pss_mb_settled" not in live_arm(phase_arm(6), trace(), spans).measures


def test_each_round_has_every_arm_and_the_next_the_opposite_order() -> None:
    order = order_of(3, 4, seed=1)
    assert [sorted(order[at : at + 3]) for at in range(0, 12, 3)] == [[0, 1, 2]] * 4
    assert order[3:6] == order[:3][::-1]
    assert order[9:] == order[6:9][::-1]
    assert order == order_of(3, 4, seed=1)
    assert len({tuple(order_of(2, 2, seed)) for seed in range(20)}) == 2


def test_metrics_are_on_in_every_arm() -> None:
    assert "6.1" in observed(phase_arm(0)).switches
    assert observed(phase_arm(0)).name == "phase-0"
    assert observed(phase_arm(6)) == phase_arm(6)


def test_an_arm_without_metrics_on_purpose_is_refused() -> None:
    with pytest.raises(ConfigError, match="off takes away"):
        observed(phase_arm(6, "-6.1"))
