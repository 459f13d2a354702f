"""Item 5.4 in whole runs: fewer requests, the same replies, and limits that hold."""

from functools import cache

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.measure import arm_of
from profiles.trace import draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from service.gateway.batched_reads import BATCH
from tests.profiles.parity import differences, loosely_equal, money_differences

pytestmark = pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long

ALONE = "-1.1 -1.2 -1.3 -1.4 -3.1 -3.2 -3.3 -3.4 +5.4"
CHANGES = ["+5.4", "-3.2 +5.4", "-3.1 +5.4", "-1.1 +5.4", ALONE]
MINUTES = {"quiet": None, "dashboard": 2.0}
TRAFFIC = pytest.mark.parametrize("traffic", sorted(MINUTES))


@cache
def ran(traffic: str, changes: str) -> VirtualRun:
    workload = msgspec.structs.replace(load_workload(traffic), moving_prices=False)
    return run_arm(phase_arm(3, changes), workload, draw(workload, 1, MINUTES[traffic]))


@TRAFFIC
@pytest.mark.parametrize("changes", CHANGES)
def test_the_same_is_said_and_paid(traffic: str, changes: str) -> None:
    one, other = ran(traffic, ""), ran(traffic, changes)
    assert money_differences(one, other) == []
    assert differences(one, other) == []
    assert loosely_equal(one, other) <= len(one.responses) * 0.05


@TRAFFIC
def test_it_takes_fewer_calls_to_answer_no_fewer_reads_from_the_cache(traffic: str) -> None:
    before, after = arm_of(ran(traffic, ""), None).metrics, arm_of(ran(traffic, "-3.2 +5.4"), None).metrics
    assert after.upstream_calls_per_message < before.upstream_calls_per_message
    assert after.hit_rate > before.hit_rate


@TRAFFIC
@pytest.mark.parametrize("changes", CHANGES)
def test_the_limits_hold(traffic: str, changes: str) -> None:
    arm = arm_of(ran(traffic, changes), None)
    limits, metrics = arm.limits, arm.metrics
    assert 0 < metrics.hit_rate <= (limits.hit_rate_best or 0) + 1e-12
    assert 0 < (limits.upstream_calls_per_message_floor or 0) <= metrics.upstream_calls_per_message + 1e-12
    assert (limits.upstream_calls_per_message_floor or 0) <= (limits.upstream_calls_per_message_floor_unbatched or 0)


@TRAFFIC
def test_hits_and_reads_are_counted_as_ever(traffic: str) -> None:
    run = ran(traffic, "+5.4")
    assert run.upstream_calls[BATCH] > 0
    for hits in arm_of(run, None).hits_by_namespace.values():
        assert hits.hits + hits.stale + hits.coalesced + hits.misses == hits.asked


def test_only_the_whole_of_3_1_3_2_and_5_4_renews_after_payments() -> None:
    renewals = {changes: ran("dashboard", changes).renewals for changes in ["", *CHANGES]}
    assert renewals.pop("+5.4") > 0
    assert renewals.pop("-1.1 +5.4") > 0
    assert set(renewals.values()) == {0}
