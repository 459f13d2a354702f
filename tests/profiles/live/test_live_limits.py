"""What real time could come to at best, from the same messages in virtual time."""

from functools import cache

import pytest

from profiles.arms import phase_arm
from profiles.live.limits import LiveLimits, live_limits
from profiles.live.orders import Outcome
from profiles.live.round import Round
from profiles.live.sampler import Reading
from profiles.live.spans import Span, span_of
from profiles.measure import WARMED_AHEAD, arm_of
from profiles.trace import Trace, draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from reports.scrape import Scrape, parse

PHASES = pytest.mark.parametrize("phase", [0, 6])


@cache
def drawn() -> Trace:
    return draw(load_workload("quiet"), 1)


@cache
def ran(phase: int) -> VirtualRun:
    return run_arm(phase_arm(phase), load_workload("quiet"), drawn())


def reading(at_s: float, figures: Scrape) -> Reading:
    return Reading(at_unix_s=at_s, cpu_s=0.0, rss_mb=1.0, pss_mb=None, store_mb=1.0, store_commands=0, figures=figures)


def span(run: VirtualRun, warm_up_s: float = 0.0) -> Span:
    """A round that asked of Flash in its last second what the virtual run asked in all, a tenth of a second each."""
    calls = (f'pulse_upstream_calls_total{{operation="{name}"}} {count}' for name, count in run.upstream_calls.items())
    took = (
        f'pulse_upstream_seconds_sum{{operation="{name}"}} {count / 10}' for name, count in run.upstream_calls.items()
    )
    count = len(drawn().arrivals)
    end_s = drawn().arrivals[-1].at_s + 1
    outcome = Outcome(
        start_unix_s=0.0,
        late_ms=(0.0,) * count,
        accepted_ms=(1.0,) * count,
        answered_ms=(1.0,) * count,
        statuses={},
        waited_s=end_s,
        cpu_s=0.0,
        clock_step_ms=0.0,
    )
    readings = (reading(0.0, Scrape()), reading(end_s, parse("\n".join([*calls, *took]))))
    return span_of(Round(arm="x", store="", outcome=outcome, readings=readings), drawn(), warm_up_s)


def found(phase: int, warm_up_s: float = 0.0) -> LiveLimits:
    run = ran(phase)
    return live_limits(run, [span(run, warm_up_s)])


@PHASES
def test_without_a_warm_up_limits_are_those_of_virtual_time(phase: int) -> None:
    virtual, limits = arm_of(ran(phase), None), found(phase)
    for name in ("hit_rate_best", "hit_rate_best_on_demand", "hit_rate_best_refreshed"):
        assert getattr(limits.limits, name) == pytest.approx(getattr(virtual.limits, name))
    best = {name: hits.hit_rate_best for name, hits in virtual.hits_by_namespace.items()}
    assert limits.hit_rate_best == best


@PHASES
def test_fewer_calls_are_needed_only_where_something_was_fetched_before_the_first_message(phase: int) -> None:
    virtual, limits = arm_of(ran(phase), None).limits, found(phase).limits
    names = ("upstream_calls_per_message_floor", "upstream_calls_per_message_floor_unbatched")
    saved = [getattr(virtual, name) - getattr(limits, name) for name in names]
    ahead = len(WARMED_AHEAD) / len(span(ran(phase)).messages) if phase else 0.0
    assert all(-1e-9 <= one <= ahead + 1e-9 for one in saved)


@PHASES
def test_after_a_warm_up_less_is_needed_than_for_the_whole(phase: int) -> None:
    messages = len(span(ran(phase)).messages)
    half_s = drawn().arrivals[-1].at_s / 2
    later = len(span(ran(phase), half_s).messages)
    whole, after = found(phase).limits, found(phase, half_s).limits
    assert whole.hit_rate_best is not None
    assert after.hit_rate_best is not None
    assert whole.hit_rate_best < after.hit_rate_best <= 1
    floors = [(one.upstream_calls_per_message_floor or 0.0) * n for one, n in ((whole, messages), (after, later))]
    assert 0 < floors[1] < floors[0]


def test_changes_take_the_time_that_was_measured() -> None:
    changes = sum(count for name, count in ran(0).upstream_calls.items() if "Send" in name or "Create" in name)
    floor = found(0).limits.response_ms_mean_floor
    assert floor is not None
    assert floor >= 100 * changes / len(span(ran(0)).messages)
