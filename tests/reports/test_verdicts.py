"""The rules by which a claim becomes a verdict."""

import math

import pytest

from reports.verdicts import NOTABLE, Bound, Cost, Gain, Pair, Unjudged, Verdict, effect, judge

CLAIM = Gain(0.30)


def down(share: float) -> Pair:
    """A measure that is lower by this share with the item."""
    return Pair(100.0, 100.0 * (1 - share))


def test_an_effect_is_a_share_of_what_there_is_without_the_item() -> None:
    assert effect(Pair(200.0, 150.0), "lower") == 0.25
    assert effect(Pair(200.0, 150.0), "higher") == -0.25
    assert effect(Pair(0.4, 0.64), "higher") == pytest.approx(0.6)


def test_an_effect_on_nothing_is_none_or_infinite() -> None:
    assert effect(Pair(0.0, 0.0), "lower") == 0.0
    assert effect(Pair(0.0, 1.0), "higher") == math.inf
    assert effect(Pair(0.0, 1.0), "lower") == -math.inf


@pytest.mark.parametrize("pair", [Pair(), Pair(1.0, None), Pair(None, 1.0)])
def test_what_was_not_measured_has_no_effect(pair: Pair) -> None:
    assert effect(pair, "lower") is None


@pytest.mark.parametrize(
    ("in_phase", "alone", "verdict"),
    [
        (0.30, 0.30, "confirmed"),
        (0.60, 0.40, "confirmed"),
        (0.30, 0.00, "confirmed"),
        (0.00, 0.30, "confirmed"),
        (-0.005, 0.30, "confirmed"),
        (-0.01, 0.40, "partly"),
        (0.40, -0.50, "partly"),
        (0.29, 0.00, "partly"),
        (0.00, 0.15, "partly"),
        (0.15, -0.50, "partly"),
        (0.14, 0.00, "refuted"),
        (0.00, 0.001, "refuted"),
        (-0.10, 0.00, "refuted"),
        (-0.10, -0.20, "refuted"),
        (0.00, 0.00, "no effect"),
    ],
)
def test_a_claim_with_a_range(in_phase: float, alone: float, verdict: Verdict) -> None:
    assert judge(CLAIM, "lower", down(in_phase), down(alone)).verdict == verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.5, "confirmed"), (NOTABLE, "confirmed"), (0.006, "partly"), (0.004, "refuted"), (-0.2, "refuted")],
)
def test_a_claim_without_a_figure(share: float, verdict: Verdict) -> None:
    assert judge(Gain(), "lower", down(share), Pair()).verdict == verdict


def test_one_comparison_is_enough_where_the_other_was_not_measured() -> None:
    assert judge(CLAIM, "lower", Pair(), down(0.4)).verdict == "confirmed"
    assert judge(CLAIM, "lower", down(0.2), Pair()).verdict == "partly"
    assert judge(CLAIM, "lower", Pair(), Pair()).verdict == "not measurable here"


def test_the_direction_is_that_of_the_measure() -> None:
    assert judge(Gain(0.6), "higher", Pair(0.40, 0.64), Pair()).verdict == "confirmed"
    assert judge(Gain(0.6), "higher", Pair(0.64, 0.40), Pair()).verdict == "refuted"


def test_the_last_digit_is_an_effect_in_virtual_time_and_none_within_the_noise() -> None:
    pair = Pair(1.0, math.nextafter(1.0, 0.0))
    assert judge(Gain(), "lower", pair, pair).verdict == "refuted"
    assert judge(Gain(), "lower", pair, pair, noise=0.05).verdict == "no effect"


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.04, "no effect"), (-0.04, "no effect"), (0.06, "refuted"), (-0.06, "refuted"), (0.35, "confirmed")],
)
def test_noise_hides_small_effects_in_both_directions(share: float, verdict: Verdict) -> None:
    assert judge(CLAIM, "lower", down(share), Pair(), noise=0.05).verdict == verdict


def test_harm_within_the_noise_takes_nothing_from_a_claim() -> None:
    assert judge(CLAIM, "lower", down(0.4), down(-0.04), noise=0.05).verdict == "confirmed"
    assert judge(CLAIM, "lower", down(0.4), down(-0.06), noise=0.05).verdict == "partly"


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(-0.02, "confirmed"), (0.0, "confirmed"), (0.5, "confirmed"), (-0.03, "partly"), (-0.05, "refuted")],
)
def test_a_cost_is_confirmed_up_to_what_is_allowed(share: float, verdict: Verdict) -> None:
    assert judge(Cost(0.02), "lower", down(share), Pair()).verdict == verdict


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.1, "not measurable here"), (-0.06, "not measurable here"), (-0.08, "refuted")]
)
def test_a_cost_below_the_noise_can_only_be_refuted(share: float, verdict: Verdict) -> None:
    assert judge(Cost(0.02), "lower", down(share), Pair(), noise=0.05).verdict == verdict


def test_the_greater_cost_counts() -> None:
    assert judge(Cost(0.02), "lower", down(-0.01), down(-0.5)).verdict == "refuted"


@pytest.mark.parametrize(("on", "verdict"), [(0.0, "confirmed"), (5.0, "confirmed"), (5.1, "refuted")])
def test_a_bound_from_above(on: float, verdict: Verdict) -> None:
    assert judge(Bound(5.0), "lower", Pair(None, on), Pair()).verdict == verdict


@pytest.mark.parametrize(("on", "verdict"), [(0.9, "confirmed"), (0.8, "confirmed"), (0.7, "refuted")])
def test_a_bound_from_below(on: float, verdict: Verdict) -> None:
    assert judge(Bound(0.8), "higher", Pair(None, on), Pair()).verdict == verdict


def test_a_bound_of_what_was_not_measured() -> None:
    assert judge(Bound(0.8), "higher", Pair(1.0, None), Pair()).verdict == "not measurable here"


def test_what_nothing_can_judge_says_why() -> None:
    found = judge(Unjudged("nobody counted"), "lower", down(0.9), down(0.9))
    assert (found.verdict, found.why) == ("not measurable here", "nobody counted")


@pytest.mark.parametrize(
    ("claim", "pairs", "why"),
    [
        (CLAIM, (down(0.4), down(0.1)), "40.0 % better, 30.0 % claimed"),
        (CLAIM, (down(0.2), down(0.1)), "20.0 % better, 30.0 % claimed"),
        (CLAIM, (down(0.1), down(0.0)), "10.0 % better, less than half of the 30.0 % needed"),
        (CLAIM, (down(0.4), down(-0.1)), "40.0 % better in one comparison, 10.0 % worse in the other"),
        (CLAIM, (down(-0.1), down(0.0)), "10.0 % worse"),
        (CLAIM, (down(0.0), down(0.0)), "the same with it and without it"),
        (Gain(), (down(0.1), Pair()), "10.0 % better, no figure claimed"),
        (Cost(0.02), (down(-0.01), Pair()), "costs 1.0 %, 2.0 % allowed"),
        (Cost(0.02), (down(0.01), Pair()), "costs nothing, 2.0 % allowed"),
        (Bound(0), (Pair(None, 3.0), Pair()), "3, at most 0 wanted"),
    ],
)
def test_a_verdict_says_why(claim: Gain | Cost | Bound, pairs: tuple[Pair, Pair], why: str) -> None:
    assert judge(claim, "lower", *pairs).why == why
