"""The figures of a run against what it counted, and against what no run can beat."""

from functools import cache

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.measure import arm_of
from profiles.process_run import ProcessFigures
from profiles.trace import draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from reports.model import Arm

PHASES = pytest.mark.parametrize("phase", [0, 1, 2, 3])


@cache
def ran(phase: int) -> VirtualRun:
    workload = load_workload("quiet")
    return run_arm(phase_arm(phase), workload, draw(workload, 1))


@cache
def measured(phase: int) -> Arm:
    return arm_of(ran(phase), None)


@PHASES
def test_the_hit_rate_is_no_better_than_the_best_possible(phase: int) -> None:
    ceiling = measured(phase).limits.hit_rate_best
    assert ceiling is not None
    assert 0 < measured(phase).metrics.hit_rate <= ceiling + 1e-12


@PHASES
def test_no_fewer_upstream_calls_than_the_floor(phase: int) -> None:
    arm = measured(phase)
    assert arm.limits.upstream_calls_per_message_floor is not None
    assert 0 < arm.limits.upstream_calls_per_message_floor <= arm.metrics.upstream_calls_per_message + 1e-12


@PHASES
def test_every_read_that_was_asked_for_is_counted_once(phase: int) -> None:
    run, arm = ran(phase), measured(phase)
    assert sum(hits.asked for hits in arm.hits_by_namespace.values()) == sum(not read.fresh for read in run.asked)
    for hits in arm.hits_by_namespace.values():
        assert hits.hits + hits.stale + hits.coalesced + hits.misses == hits.asked


@PHASES
def test_upstream_calls_are_at_least_the_misses(phase: int) -> None:
    run, arm = ran(phase), measured(phase)
    assert sum(run.upstream_calls.values()) >= sum(hits.misses for hits in arm.hits_by_namespace.values())


@PHASES
def test_messages_are_conserved(phase: int) -> None:
    counters, run = measured(phase).counters, ran(phase)
    assert counters["answered"] + counters["unanswered"] == len(run.responses)
    assert counters["deliveries"] - counters["duplicates_dropped"] == len(run.responses)
    assert counters["ledger_movements"] == len(run.movements)


def test_only_the_arm_that_may_coalesce_does() -> None:
    assert [hits.coalesced for hits in measured(0).hits_by_namespace.values() if hits.coalesced] == []


def test_phase_2_has_the_figures_of_phase_1() -> None:
    assert measured(2).metrics == measured(1).metrics


def test_phases_1_and_3_need_fewer_round_trips_and_calls_than_phase_0() -> None:
    naive, best = measured(0).metrics, measured(3).metrics
    assert best.redis_round_trips_per_message < naive.redis_round_trips_per_message
    assert best.upstream_calls_per_message < naive.upstream_calls_per_message
    assert best.hit_rate > naive.hit_rate


def test_only_an_arm_that_fetches_ahead_is_held_against_a_cache_that_does() -> None:
    on_demand, ahead = measured(1).limits, measured(3).limits
    assert on_demand.hit_rate_best == on_demand.hit_rate_best_on_demand
    assert (ahead.hit_rate_best or 0) > (ahead.hit_rate_best_on_demand or 0)


def test_a_message_without_an_answer_counts_as_unanswered_and_has_no_time() -> None:
    run = ran(0)
    silent = msgspec.structs.replace(run.responses[0], response_ms=None, bodies=[])
    arm = arm_of(msgspec.structs.replace(run, responses=[silent, *run.responses[1:]]), None)
    assert arm.counters["unanswered"] == 1
    assert sum(summary.count for summary in arm.response_ms_by_command.values()) == len(run.responses) - 1


def test_figures_of_a_process_are_taken_over_and_null_without_one() -> None:
    figures = ProcessFigures(rss_mb_settled=61.5, rss_mb_peak=63.0, cpu_ms_per_message=1.25, messages=600)
    metrics = arm_of(ran(0), figures).metrics
    assert (metrics.rss_mb_settled, metrics.rss_mb_peak, metrics.cpu_ms_per_message) == (61.5, 63.0, 1.25)
    without = measured(0).metrics
    assert (without.rss_mb_settled, without.rss_mb_peak, without.cpu_ms_per_message) == (None, None, None)


@PHASES
def test_what_commands_cost_is_what_the_run_cost_but_for_what_no_message_caused(phase: int) -> None:
    run, arm = ran(phase), measured(phase)
    bills = run.bills.values()
    assert sum(bill.upstream_calls for bill in bills) == sum(run.upstream_calls.values()) - sum(run.warm_calls.values())
    assert sum(bill.messages for bill in bills) == len(run.responses)
    assert sum(bill.asked for bill in bills) == sum(hits.asked for hits in arm.hits_by_namespace.values())
    assert sum(bill.hits for bill in bills) == sum(hits.hits for hits in arm.hits_by_namespace.values())


def test_without_pipelines_no_round_trip_is_billed_twice() -> None:
    run = ran(0)
    assert 0 < sum(bill.round_trips for bill in run.bills.values()) <= run.redis_round_trips


@PHASES
def test_a_command_that_reads_nothing_has_no_hit_rate(phase: int) -> None:
    costs = measured(phase).costs_by_command
    assert (costs["help"].hit_rate, costs["help"].upstream_calls_per_message) == (None, 0.0)
    assert costs["balance"].hit_rate is not None
