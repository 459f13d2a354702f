from typing import Any

import pytest

from service.core.errors import ConfigError
from service.core.experiments import ARMS, PROCESS_WIDE, arm_of, check, merged, user_hash
from service.core.sequential import Moments
from service.core.switches import bucket
from service.roadmap import switch_keys
from tests.store.kit import figures, trial

USERS = [f"user-{number}" for number in range(4_000)]


def test_a_user_stays_in_the_same_arm_and_shares_are_as_planned() -> None:
    plan = trial(on_percent=10.0, off_percent=30.0)
    arms = [arm_of(plan, user) for user in USERS]
    assert arms == [arm_of(plan, user) for user in USERS]
    assert arms.count("on") == pytest.approx(400, abs=80)
    assert arms.count("off") == pytest.approx(1_200, abs=120)
    assert arms.count(None) == len(USERS) - arms.count("on") - arms.count("off")


def test_arms_have_nothing_to_do_with_rollouts_or_with_other_salts() -> None:
    plan, other = trial(salt="one"), trial(salt="two")
    on = [user for user in USERS if arm_of(plan, user) == "on"]
    assert sum(arm_of(other, user) == "on" for user in on) == pytest.approx(len(on) / 2, abs=120)
    assert sum(bucket(plan.switch, user) < 5_000 for user in on) == pytest.approx(len(on) / 2, abs=120)


def test_a_hash_of_a_user_is_of_this_experiment_alone() -> None:
    assert user_hash(trial(), "ann") == user_hash(trial(), "ann")
    assert len({user_hash(trial(), "ann"), user_hash(trial("other"), "ann"), user_hash(trial(), "bob")}) == 3


def test_a_plan_that_works_is_let_through() -> None:
    check(trial(on_percent=1.0, off_percent=99.0), switch_keys())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Has Blanks"}, "no name"),
        ({"name": ""}, "no name"),
        ({"switch": "9.9"}, r"no switch '9\.9'; the switches are 1\.1"),
        ({"switch": "2.1"}, r"no switch '2\.1'"),
        ({"on_percent": 0.0}, "0 % on"),
        ({"off_percent": -1.0}, "no shares"),
        ({"on_percent": 60.0}, "together at most 100"),
        ({"on_percent": float("nan")}, "no shares"),
        ({"max_slower_percent": -1.0}, "guardrail"),
        ({"max_errors_percent": float("nan")}, "guardrail"),
        ({"max_slow_percent": -0.1}, "guardrail"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check(trial(**changes), switch_keys())


@pytest.mark.parametrize("switch", sorted(PROCESS_WIDE))
def test_what_acts_for_the_process_is_no_experiment(switch: str) -> None:
    with pytest.raises(ConfigError, match="whole process"):
        check(trial(switch=switch), switch_keys())


def test_records_of_instances_add_up() -> None:
    sums = merged([figures(7), figures(5)])
    assert {arm: sums[arm].messages for arm in ARMS} == {"off": 12, "on": 12}
    assert sums["on"].metrics["response"] == Moments(4, 20.0, 104.0)
    assert merged([])["off"].messages == 0
