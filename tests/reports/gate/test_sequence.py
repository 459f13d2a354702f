import random

import pytest

from reports.gate.sequence import Sequence


def measured(effect: float, *, rounds: int = 60, sigma: float = 0.01, seed: int = 1, better: str = "lower") -> Sequence:
    """Rounds with lognormal noise until it is decided."""
    dice = random.Random(seed)
    sequence = Sequence(alpha=0.002, margin=0.02, better="higher" if better == "higher" else "lower")
    for _ in range(rounds):
        sequence.add(10 * dice.lognormvariate(0, sigma), 10 * (1 + effect) * dice.lognormvariate(0, sigma))
        if sequence.outcome() != "undecided":
            break
    return sequence


@pytest.mark.parametrize(("effect", "outcome"), [(0.05, "worse"), (-0.05, "better"), (0.0, "same")])
def test_what_is_there_is_found(effect: float, outcome: str) -> None:
    assert measured(effect).outcome() == outcome


@pytest.mark.parametrize(("effect", "outcome"), [(0.05, "better"), (-0.05, "worse"), (0.0, "same")])
def test_where_more_is_better_it_is_the_other_way_round(effect: float, outcome: str) -> None:
    assert measured(effect, better="higher").outcome() == outcome


def test_noise_that_hides_everything_leaves_it_undecided() -> None:
    sequence = measured(0.0, sigma=0.3)
    assert (sequence.outcome(), sequence.is_settled) == ("undecided", False)


def test_a_change_as_large_as_the_margin_is_neither_worse_nor_the_same() -> None:
    assert measured(0.02, sigma=0.005).outcome() == "undecided"


def test_the_first_decision_stands() -> None:
    sequence = measured(0.05)
    for _ in range(60):
        sequence.add(2.0, 1.0)
    assert sequence.outcome() == "worse"


def test_not_worse_is_enough_to_be_settled() -> None:
    """Two percent better: on the edge between the same and better, and certainly not worse."""
    sequence = measured(-0.02)
    assert (sequence.outcome(), sequence.is_harmless, sequence.is_settled) == ("undecided", True, True)


def test_what_is_worse_is_not_harmless_even_if_it_recovers() -> None:
    sequence = measured(0.05)
    for _ in range(200):
        sequence.add(1.0, 0.9)
    assert not sequence.is_harmless


@pytest.mark.parametrize("effect", [-0.2, -0.05, 0.0, 0.05, 0.2])
def test_the_interval_agrees_with_the_outcome_and_holds_the_effect(effect: float) -> None:
    sequence = measured(effect)
    limits = sequence.interval()
    low, high = -1.0 if limits.low is None else limits.low, 9.0 if limits.high is None else limits.high
    assert low < effect < high
    agrees = {"worse": low >= 0.0199, "better": high <= -0.0195, "same": min(low, -high) >= -0.0201}
    assert agrees[sequence.outcome()]


def test_the_interval_misses_the_effect_no_more_often_than_it_may() -> None:
    missed = 0
    for seed in range(60):
        dice = random.Random(seed)
        sequence = Sequence(alpha=0.05, margin=0.02)
        for _ in range(25):
            sequence.add(dice.lognormvariate(0, 0.05), 1.03 * dice.lognormvariate(0, 0.05))
        interval = sequence.interval()
        missed += not (interval.low or -1.0) < 0.03 < (interval.high or 9.0)
    assert missed <= 10  # of 60 at 10 % for both sides: more have a chance of 3 %


def test_a_few_rounds_have_no_limits_yet() -> None:
    sequence = measured(0.0, rounds=3)
    assert (sequence.interval().low, sequence.interval().high) == (None, None)


def test_without_rounds_there_is_nothing_to_say() -> None:
    sequence = Sequence(alpha=0.01, margin=0.02)
    assert (sequence.base, sequence.head, sequence.change, sequence.rounds) == (None, None, None, 0)
    assert (sequence.outcome(), sequence.interval().low) == ("undecided", None)


def test_the_estimate_is_the_median_of_ratios() -> None:
    sequence = Sequence(alpha=0.01, margin=0.02)
    for base, head in ((10.0, 11.0), (20.0, 21.0), (1.0, 50.0)):
        sequence.add(base, head)
    assert sequence.change == pytest.approx(0.10)


def test_of_an_even_number_of_rounds_the_middle_two_count() -> None:
    sequence = Sequence(alpha=0.01, margin=0.02)
    for head in (1.0, 1.21, 1.0, 50.0):
        sequence.add(1.0, head)
    assert sequence.change == pytest.approx(0.10)


def test_figures_of_arms_are_geometric_means() -> None:
    sequence = Sequence(alpha=0.01, margin=0.02)
    sequence.add(1.0, 3.0)
    sequence.add(4.0, 3.0)
    assert [sequence.base, sequence.head] == pytest.approx([2.0, 3.0])


@pytest.mark.parametrize("pair", [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_figures_without_a_logarithm_are_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="two figures above 0"):
        Sequence(alpha=0.01, margin=0.02).add(*pair)


@pytest.mark.parametrize(("alpha", "margin"), [(0.0, 0.02), (1.0, 0.02), (0.01, 0.0), (0.01, -1.0)])
def test_a_sequence_that_could_decide_nothing_is_refused(alpha: float, margin: float) -> None:
    with pytest.raises(ValueError, match="alpha has to be"):
        Sequence(alpha=alpha, margin=margin)
