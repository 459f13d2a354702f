import random

import pytest

from reports.gate.noise import Design, Noise, samples
from reports.gate.selftest import OURS, Plan, Score, SelfTest, self_test
from reports.gate.selftest_view import document
from reports.stats import mean

QUIET = Noise(runner=0.1, drift=0.0, sample=0.0, outliers=0.0)


@pytest.fixture(scope="module")
def test() -> SelfTest:
    return self_test(Plan(comparisons=200, effects=(0.05,)), random.Random(20_260_105))


def score(test: SelfTest, rule: str, design: Design = "interleaved") -> Score:
    return next(one for one in test.scores if (one.rule, one.design) == (rule, design))


def test_the_gate_keeps_its_promises(test: SelfTest) -> None:
    assert test.failures == ()
    false_alarms, caught = score(test, OURS).rates
    assert false_alarms.alarms <= 2
    assert caught.alarms >= 190


def test_most_equal_arms_are_cleared_in_the_end(test: SelfTest) -> None:
    cleared = score(test, OURS).cleared
    assert cleared is not None
    assert cleared > 0.95


def test_others_raise_more_false_alarms_or_miss_more(test: SelfTest) -> None:
    """Of interleaved rounds: looking after every round alarms falsely, and a threshold on the mean is blind."""
    peeking, threshold = score(test, "t-test after each round"), score(test, "pytest-benchmark mean:5%")
    assert peeking.rates[0].alarms > 10
    assert threshold.rates[1].alarms < 150


@pytest.mark.parametrize("design", ["two runners", "blocks"])
def test_no_rule_is_right_about_arms_that_differ_in_more_than_their_code(test: SelfTest, design: Design) -> None:
    assert score(test, OURS, design).rates[0].alarms > 2


def test_processes_that_are_kept_hide_regressions(test: SelfTest) -> None:
    assert score(test, OURS, "kept processes").rates[1].alarms < 190


def test_its_report_names_every_rule_under_every_design(test: SelfTest) -> None:
    shown = document(test)
    assert shown.title == "Self-test: passed"
    assert [len(grid.rows) for grid in shown.grids] == [6, 6, 6, 6]


def test_too_few_comparisons_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 200"):
        self_test(Plan(comparisons=199), random.Random(1))


def test_a_gate_that_sees_nothing_fails_its_test() -> None:
    blind = self_test(Plan(comparisons=200, rounds=3, effects=(0.05,)), random.Random(1))
    assert blind.failures == ("0.0% of arms slower by 5% were caught, fewer than 95%",)


def test_two_runners_differ_and_one_does_not() -> None:
    two, one = (samples(design, 0.0, 2, QUIET, random.Random(3)) for design in ("two runners", "interleaved"))
    assert two[0][0] != two[1][0]
    assert one[0] == one[1]


def test_head_takes_longer_by_the_effect() -> None:
    base, head = samples("blocks", 0.05, 3, QUIET, random.Random(3))
    assert [after / before for before, after in zip(base, head, strict=True)] == pytest.approx([1.05] * 3)


def test_interleaved_arms_share_their_drift() -> None:
    drifting = Noise(drift=0.05, sample=0.0, outliers=0.0)
    apart = {
        design: abs(mean(head) / mean(base) - 1)
        for design in ("blocks", "interleaved")
        for base, head in [samples(design, 0.0, 200, drifting, random.Random(3))]
    }
    assert apart["interleaved"] < 0.1 * apart["blocks"]
