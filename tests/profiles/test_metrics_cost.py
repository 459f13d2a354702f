from collections.abc import Callable

import pytest

from profiles.arms import ArmSpec
from profiles.experiments.metrics_cost import metrics_cost, order
from profiles.process_run import ProcessFigures


def machine(cost: float, drift: float = 0.0) -> Callable[[ArmSpec], ProcessFigures]:
    """A machine on which metrics cost this share, and which grows slower by `drift` ms with each run."""
    runs: list[ArmSpec] = []

    def measure(arm: ArmSpec) -> ProcessFigures:
        cpu_ms = (4.0 + drift * len(runs)) * (1 + cost * ("6.1" in arm.switches))
        runs.append(arm)
        return ProcessFigures(80.0 + ("6.1" in arm.switches), 90.0, cpu_ms, 600)

    return measure


def test_arms_alternate_so_that_neighbours_of_the_same_arm_are_controls() -> None:
    assert ["6.1" in arm.switches for arm in order(3, 4)] == [False, True, True, False, False, True, True, False]


def test_arms_differ_in_nothing_else() -> None:
    off, on = order(3, 2)[:2]
    assert set(on.switches) - set(off.switches) == {"6.1"}
    assert set(off.switches) < set(on.switches)


def test_what_metrics_cost_is_found() -> None:
    figures = metrics_cost(machine(0.02), phase=3, pairs=4)
    assert figures["difference_percent_median"] == pytest.approx(2.0)
    assert figures["control_percent_most"] == pytest.approx(0.0)
    assert figures["cpu_ms_per_message_off"] == 4.0
    assert figures["cpu_ms_per_message_on"] == pytest.approx(4.08)
    assert figures["rss_mb_difference"] == 1.0


def test_a_machine_that_grows_slower_favours_no_arm_and_shows_in_the_control() -> None:
    figures = metrics_cost(machine(0.0, drift=0.04), phase=3, pairs=4)
    assert abs(figures["difference_percent_median"]) < 0.1
    assert figures["control_percent_median"] > 0.5


def test_one_pair_has_no_control() -> None:
    with pytest.raises(ValueError, match="two are the least"):
        metrics_cost(machine(0.0), pairs=1)
