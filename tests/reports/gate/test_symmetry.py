"""The bet wins no more often than it may, under every noise that is symmetric, and soon where it should."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.gate.proportions import clopper_pearson
from reports.gate.symmetry import Bet

ALPHA = 0.05
Draw = Callable[[random.Random], float]


def cauchy(dice: random.Random) -> float:
    return dice.gauss(0, 1) / (abs(dice.gauss(0, 1)) + 1e-9)


def two_peaks(dice: random.Random) -> float:
    return dice.choice((-1.0, 1.0)) * (5 + dice.gauss(0, 1))


def growing() -> Draw:
    """Later rounds are ever noisier: sizes may depend on anything, as long as signs are fair."""
    rounds = iter(range(1_000_000))
    return lambda dice: dice.gauss(0, 1) * (1 + next(rounds) % 50) ** 2


NOISES: dict[str, Callable[[], Draw]] = {
    "normal": lambda: lambda dice: dice.gauss(0, 1),
    "cauchy": lambda: cauchy,
    "two peaks": lambda: two_peaks,
    "signs": lambda: lambda dice: dice.choice((-1.0, 1.0)),
    "growing": growing,
}


def wins(draw: Draw, centre: float, dice: random.Random, rounds: int = 50) -> bool:
    bet = Bet(centre)
    for _ in range(rounds):
        bet.add(draw(dice))
    return bet.has_won(ALPHA)


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("centre", [0.0, 0.5])
def test_it_is_rarely_won_where_nothing_is_above_the_centre(name: str, centre: float) -> None:
    """50 looks each; with 95 % confidence the rate is not above alpha, of a centre that is right or too high."""
    dice, draw = random.Random(7), NOISES[name]()
    count = sum(wins(draw, centre, dice) for _ in range(300))
    low = clopper_pearson(count, 300).low
    assert low is not None
    assert low <= ALPHA


def test_one_outlier_neither_wins_nor_ruins_it() -> None:
    bet, ruined = Bet(0.0), Bet(0.0)
    bet.add(1e9)
    ruined.add(-1e9)
    assert bet.best_log < math.log(2)
    for _ in range(20):
        ruined.add(1.0)
    assert ruined.has_won(ALPHA)


def test_the_first_difference_says_only_on_which_side_it_is() -> None:
    small, large = Bet(0.0), Bet(0.0)
    small.add(1e-9)
    large.add(1e9)
    assert small.best_log == pytest.approx(large.best_log)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12), st.integers(0, 11))
def test_over_both_signs_of_a_difference_the_capital_stays_what_it_was(found: list[float], place: int) -> None:
    """The martingale, exactly: half of what it is with the sign and half of what it is against it."""
    last = found[place % len(found)]
    before, plus, minus = Bet(0.0), Bet(0.0), Bet(0.0)
    for difference in found:
        for bet in (before, plus, minus):
            bet.add(difference)
    plus.add(last)
    minus.add(-last)
    capital = [math.fsum(map(math.exp, bet._logs)) for bet in (plus, minus)]
    assert sum(capital) / 2 == pytest.approx(math.fsum(map(math.exp, before._logs)))


def test_no_noise_at_all_is_decided_in_thirteen_rounds() -> None:
    bet = Bet(0.0)
    for _ in range(13):
        bet.add(1.0)
    assert bet.has_won(0.002)


def test_what_lies_on_the_centre_is_evidence_of_nothing() -> None:
    bet = Bet(0.0)
    for _ in range(50):
        bet.add(0.0)
    assert bet.best_log == 0
