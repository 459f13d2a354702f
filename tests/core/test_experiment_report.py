"""Verdicts and guardrails of an experiment, from figures alone."""

import math

import pytest

from service.core.experiment_report import FEWEST_USERS, ExperimentReport, judge
from service.core.experiments import MAX_EXPOSED, Arm, ArmFigures, Experiment, Metric, Record
from service.core.sequential import Moments
from tests.store.kit import trial


def arm(users: int, *, ms: float = 250.0, failing: int = 0, slow: int = 0, reads: float = 1.3) -> ArmFigures:
    """Users whose pace differs by a factor of e^0.5, some of whom see nothing but failures."""

    def spread(mean: float, sigma: float) -> Moments:
        return Moments(users, users * mean, users * (mean * mean + sigma * sigma))

    metrics: dict[Metric, Moments] = {
        "response": spread(math.log(ms), 0.5),
        "slow": Moments(users, float(slow), float(slow)),
        "errors": Moments(users, float(failing), float(failing)),
        "upstream": spread(reads, 1.0),
    }
    return ArmFigures(3 * users, metrics)


def report(off: ArmFigures, on: ArmFigures, plan: Experiment | None = None, /, **exposures: int) -> ExperimentReport:
    users: dict[Arm, int] = {
        "off": exposures.get("off", off.metrics["response"].count),
        "on": exposures.get("on", on.metrics["response"].count),
    }
    return judge(plan or trial(), users, [Record(0.0, {"off": off, "on": on})])


def verdicts(found: ExperimentReport) -> list[str]:
    return [f"{each.metric} {each.verdict}" for each in found.comparisons]


def test_equal_arms_are_undecided_and_keep_their_guardrails() -> None:
    found = report(arm(2_000), arm(2_000))
    assert verdicts(found) == ["response undecided", "slow undecided", "errors undecided", "upstream undecided"]
    assert (found.tripped, found.mismatch) == ((), False)


def test_a_faster_arm_is_better_by_a_ratio_of_geometric_means() -> None:
    [response, *_] = report(arm(1_000), arm(1_000, ms=200.0)).comparisons
    assert response.verdict == "better"
    assert response.difference.estimate == pytest.approx(-20.0)
    assert response.difference.low < -20 < response.difference.high < 0
    assert {name: each.estimate for name, each in response.arms.items()} == pytest.approx({"off": 250.0, "on": 200.0})


@pytest.mark.parametrize(
    ("on", "what"),
    [
        (arm(1_000, ms=325.0), "response worse"),
        (arm(1_000, failing=100), "errors worse"),
        (arm(1_000, slow=100), "slow worse"),
        (arm(1_000, reads=1.7), "upstream worse"),
        (arm(1_000, reads=0.9), "upstream better"),
    ],
)
def test_a_difference_is_seen_in_its_metric_alone(on: ArmFigures, what: str) -> None:
    found = verdicts(report(arm(1_000), on))
    assert what in found
    assert sum("undecided" in each for each in found) == 3


def test_nothing_is_said_of_few_users() -> None:
    few = FEWEST_USERS - 1
    [early, *_] = report(arm(few), arm(few, ms=50.0)).comparisons
    assert early.verdict == "undecided"
    limits = [limit for each in (*early.arms.values(), early.difference) for limit in (each.low, each.high)]
    assert not any(0 < limit < math.inf for limit in limits)
    assert early.arms["on"].estimate == pytest.approx(50.0)
    assert report(arm(FEWEST_USERS), arm(FEWEST_USERS, ms=50.0)).comparisons[0].verdict == "better"


def test_no_failure_at_all_is_no_certainty() -> None:
    [errors] = [each for each in report(arm(300), arm(300)).comparisons if each.metric == "errors"]
    assert errors.difference.low < 0 < errors.difference.high


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (arm(1_000, ms=400.0), "slower by at least"),
        (arm(1_000, failing=150), "percentage points more errors"),
        (arm(1_000, slow=200), "more slow messages"),
    ],
)
def test_a_guardrail_says_what_is_worse(on: ArmFigures, words: str) -> None:
    [tripped] = report(arm(1_000), on).tripped
    assert words in tripped
    assert "are allowed" in tripped


def test_a_guardrail_lets_pass_what_is_allowed_and_watches_metrics_that_were_not_chosen() -> None:
    slower = arm(1_000, ms=400.0)
    assert report(arm(1_000), slower, trial(max_slower_percent=70.0)).tripped == ()
    found = report(arm(1_000), slower, trial(metrics=("upstream",)))
    assert verdicts(found) == ["upstream undecided"]
    assert len(found.tripped) == 1


def test_with_a_wrong_ratio_of_users_there_is_no_verdict() -> None:
    found = report(arm(1_500), arm(1_000, ms=200.0))
    assert found.mismatch
    assert verdicts(found)[0] == "response undecided"


def test_beyond_the_users_that_are_remembered_the_ratio_is_not_judged() -> None:
    found = report(arm(200), arm(200), trial(on_percent=10.0, off_percent=90.0), on=60_000, off=MAX_EXPOSED)
    assert (found.sample_ratio_p, found.mismatch) == (None, False)


def test_a_user_whom_several_instances_measured_counts_once() -> None:
    once = report(arm(150), arm(150, ms=225.0)).comparisons[0].difference
    twice = report(arm(300), arm(300, ms=225.0), off=150, on=150).comparisons[0].difference
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high), rel=0.01)


def test_before_the_first_message_everything_is_open() -> None:
    found = judge(trial(), {"off": 0, "on": 0}, [])
    assert {each.verdict for each in found.comparisons} == {"undecided"}
    assert found.messages == {"off": 0, "on": 0}
    assert found.sample_ratio_p == 1.0
