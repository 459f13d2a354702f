"""Timed figures: rounds until there is a verdict, controls in the same rounds, and what a machine can see at all."""

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from profiles.arms import phase_arm
from profiles.gating import burn
from profiles.gating.budgeting import load_budget
from profiles.gating.calibrating import Calibrated, calibrated, keep, kept, rounds_for
from profiles.gating.calibration_view import document
from profiles.gating.checkouts import Checkout
from profiles.gating.contenders import METRICS, Contender, Figures
from profiles.gating.errors import CannotMeasure
from profiles.gating.exact import Plan
from profiles.gating.gate import TimedFigures
from profiles.gating.program import Program, program_of
from profiles.gating.rounds import rounds_of
from profiles.gating.timed import PLANTED, TimedGate, planted_share
from profiles.trace import Trace
from reports.gate.rules import Budget
from service.core.errors import ConfigError
from tests.profiles.gate_kit import some_traffic

BUDGET = load_budget(Path(__file__).parents[2])
PLAN = Plan(phase=1)
NAMES = ("base", "head", "base again", "base slowed down")
EQUAL = ("first", "second", "third", "slowed down")


class Machine:
    """Rounds with noise of 1 %, in which a contender costs so many times what the first one does."""

    def __init__(self, **costs: float) -> None:
        self._costs = {name.replace("_", " "): cost for name, cost in costs.items()}
        self._chance = Random(1)
        self.now_s = 0.0

    def clock(self) -> float:
        return self.now_s

    def measure(self, names: tuple[str, ...]) -> Callable[[int], Mapping[str, Figures]]:
        def one(_number: int) -> Mapping[str, Figures]:
            self.now_s += 10
            return {name: self._figures(self._costs.get(name, 1.0)) for name in names}

        return one

    def _figures(self, cost: float) -> Figures:
        costs = dict.fromkeys(PLANTED, cost)
        return {metric: 100 * costs.get(metric, 1.0) * math.exp(self._chance.gauss(0, 0.01)) for metric in METRICS}


def judged(machine: Machine, most_s: float = 900.0) -> TimedFigures:
    gate = TimedGate(BUDGET, PLAN, planted=planted_share(BUDGET, PLAN), most_s=most_s, clock=machine.clock)
    return gate.run(machine.measure(NAMES))


def test_a_slower_head_is_caught_and_the_controls_pass() -> None:
    found = judged(Machine(head=1.1, base_slowed_down=1.05))
    outcomes = {one.metric: one.outcome for one in found.findings}
    assert outcomes["cpu_ms_per_message"] == "worse"
    assert [one.passed for one in found.controls] == [True, True, True]


def test_an_equal_head_is_not_called_worse() -> None:
    found = judged(Machine(base_slowed_down=1.05))
    assert [one.failed for one in found.findings] == [False] * len(METRICS)


def test_a_planted_slow_down_that_is_not_seen_fails_its_control() -> None:
    assert [one.passed for one in judged(Machine()).controls] == [True, False, False]


def test_equal_bots_that_differ_fail_their_control() -> None:
    found = judged(Machine(base_again=1.2, base_slowed_down=1.05))
    assert [one.passed for one in found.controls] == [False, True, True]


def test_no_round_begins_after_the_time_is_over() -> None:
    machine = Machine()
    found = judged(machine, most_s=25.0)
    assert ({one.rounds for one in found.findings}, machine.now_s) == ({3}, 30.0)


def test_rounds_end_when_all_is_decided() -> None:
    machine = Machine(head=1.1, base_slowed_down=1.1)
    judged(machine, most_s=1e6)
    assert machine.now_s < 1e4


def test_a_budget_without_timed_limits_has_no_timed_verdict() -> None:
    with pytest.raises(ConfigError, match="no margin for cpu_ms_per_message"):
        TimedGate(Budget(name="none", limits=()), PLAN, planted=0.05, most_s=60)


@pytest.mark.parametrize(("accidents", "rounds"), [(1, 3), (2, 0)])
def test_a_round_that_breaks_off_is_begun_again_once(accidents: int, rounds: int) -> None:
    machine, left = Machine(), [accidents]
    measured = machine.measure(NAMES)

    def measure(number: int) -> Mapping[str, Figures]:
        if number == 1 and left[0]:
            left[0] -= 1
            raise CannotMeasure("the bot fell over")
        return measured(number)

    gate = TimedGate(BUDGET, PLAN, planted=0.05, most_s=25.0, clock=machine.clock)
    if rounds:
        assert gate.run(measure).findings[0].rounds == rounds
    else:
        with pytest.raises(CannotMeasure, match="fell over"):
            gate.run(measure)


def test_the_control_burns_more_than_the_margin() -> None:
    for metric in PLANTED:
        margin = BUDGET.limit(metric, kind="timed")
        assert margin is not None
        assert margin.worse_by is not None
        assert planted_share(BUDGET, PLAN) >= 2 * margin.worse_by.amount


@pytest.fixture(scope="module")
def calibration() -> Calibrated:
    machine = Machine(slowed_down=1.05)
    rounds, minutes = rounds_for(machine.measure(EQUAL), 300, clock=machine.clock)
    return calibrated(rounds, minutes, BUDGET, planted=0.05, chance=Random(1), comparisons=200)


def test_equal_arms_seldom_alarm(calibration: Calibrated) -> None:
    assert calibration.calibration.false_alarms <= 0.01 * calibration.calibration.comparisons


def test_equal_bots_that_always_differ_are_false_alarms() -> None:
    machine = Machine(second=1.1)
    rounds, minutes = rounds_for(machine.measure(EQUAL), 300, clock=machine.clock)
    found = calibrated(rounds, minutes, BUDGET, planted=0.05, chance=Random(1), comparisons=200)
    assert found.calibration.false_alarms > 40


def test_others_judge_the_same_rounds(calibration: Calibrated) -> None:
    equal, slower = calibration.rivals["t-test after each round"]
    assert (equal > calibration.calibration.false_alarms, slower) == (True, 200)
    titles = [grid.title for grid in document(calibration).grids]
    assert any("judged by others" in title for title in titles)


def test_the_slower_arm_is_caught(calibration: Calibrated) -> None:
    assert set(calibration.caught) == set(PLANTED)
    assert min(calibration.caught.values()) >= 0.95 * calibration.calibration.comparisons


def test_more_rounds_see_smaller_changes(calibration: Calibrated) -> None:
    seen = {
        one.rounds: one.smallest_change
        for one in calibration.calibration.resolutions
        if one.metric == "cpu_ms_per_message"
    }
    assert seen[min(seen)] > seen[max(seen)]


def test_a_calibration_is_shown_with_its_limits(calibration: Calibrated) -> None:
    lines = document(calibration).lines
    assert "30 rounds in 5.0 minutes" in lines[0]
    assert "of 200 comparisons (0.0 % to" in lines[1]


def test_a_calibration_is_kept_for_the_gates_of_the_machine(tmp_path: Path, calibration: Calibrated) -> None:
    keep(calibration.calibration, tmp_path)
    assert kept(tmp_path) == calibration.calibration


@pytest.mark.parametrize("text", ["", "{}", '{"machine": "another"}'])
def test_a_calibration_of_another_machine_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "calibration.json").write_text(text)
    assert kept(tmp_path) is None


def test_a_budget_without_timed_limits_cannot_be_calibrated() -> None:
    with pytest.raises(CannotMeasure, match="limits no timed metric"):
        calibrated([{}], 1.0, Budget(name="none", limits=()), planted=0.05, chance=Random(1))


def test_rounds_go_through_the_trace_and_begin_again_as_new_messages() -> None:
    trace = some_traffic().trace
    programs = [program_of(trace, number) for number in (0, 1)]
    said = [one.wamid for found in programs for part in _parts(found) for one in part.arrivals]
    assert len(set(said)) == len(said)


def test_a_burst_comes_at_once_and_calm_traffic_does_not() -> None:
    found = program_of(some_traffic().trace, 0)
    assert {one.at_s for burst in found.bursts for one in burst.arrivals} == {0.0}
    assert len({one.at_s for one in found.calm.arrivals}) == len(found.calm.arrivals)


def _parts(found: Program) -> tuple[Trace, ...]:
    return (*found.warm_up, *found.bursts, found.calm)


def test_a_slowed_contender_runs_the_bot_through_the_burner(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, "python", "x", "")
    assert Contender("b", checkout, 0.05).serve == ("python", burn.__file__, "0.05", "serve")
    assert Contender("a", checkout).serve == ("python", "-m", "pulse_cli", "serve")


def test_contenders_of_a_round_hash_alike_and_keep_what_they_compile(tmp_path: Path) -> None:
    environ = Contender("a", Checkout(tmp_path, "python", "x", "")).arm(phase_arm(1), 7).environ
    assert environ == {"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": "7", "PYTHONDONTWRITEBYTECODE": ""}


@pytest.mark.real
def test_a_round_of_a_real_bot_that_is_slowed_down_measures_it() -> None:
    here = Checkout(Path(__file__).parents[2], sys.executable, "here", "")
    with rounds_of([Contender("bot", here, 0.5)], phase_arm(1), some_traffic(), Random(1)) as measure:
        found = measure(0)
    assert list(found) == ["bot"]
    assert set(found["bot"]) == set(METRICS)
    assert min(found["bot"].values()) > 0
