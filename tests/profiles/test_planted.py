"""The planted switches do what they are named for, by about as much as they say."""

import pytest

from profiles.arms import Planted, planted_arm
from profiles.bench import drawn
from profiles.measure import arm_of
from profiles.planted import EXTRA_EVERY
from profiles.virtual_run import run_arm
from profiles.workload import load_workload
from reports.model import Arm


def measured(planted: Planted, minutes: float = 2.0) -> Arm:
    workload = load_workload("reference")
    return arm_of(run_arm(planted_arm(6, planted), workload, drawn(workload, 1, minutes)), None)


@pytest.fixture(scope="module")
def clean() -> Arm:
    return measured("null")


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_one_extra_call_in_fifty_messages_is_one_more_call_in_fifty(clean: Arm) -> None:
    more = measured("extra").metrics.upstream_calls_per_message - clean.metrics.upstream_calls_per_message
    assert more == pytest.approx(1 / EXTRA_EVERY, abs=0.01)


def test_forgotten_caches_cost_hits(clean: Arm) -> None:
    lost = clean.metrics.hit_rate - measured("forgetful").metrics.hit_rate
    assert lost > 0.002  # more than the default budget allows
