import random
from statistics import NormalDist

import pytest

from reports.gate.power import fixed_look, resolution, smallest_change, spread

NOISE = [0.01 * NormalDist().inv_cdf((place + 0.5) / 50) for place in range(50)]
"""Normal, with a standard deviation of one percent."""


def change(rounds: int, scale: float = 1.0, *, alpha: float = 0.002) -> float | None:
    found = [one * scale for one in NOISE]
    return smallest_change(found, rounds, alpha=alpha, margin=0.02, chance=random.Random(1))


def test_the_spread_of_normal_noise_is_its_standard_deviation() -> None:
    assert spread(NOISE) == pytest.approx(0.01, rel=0.03)


def test_an_outlier_does_not_change_the_spread() -> None:
    assert spread([*NOISE, 50.0]) == pytest.approx(spread(NOISE), rel=0.1)


def test_no_differences_have_no_spread() -> None:
    with pytest.raises(ValueError, match="no spread"):
        spread([])


def test_a_fixed_look_sees_what_cohens_table_says() -> None:
    """One-sided 5 %, power 0.80: d * sqrt(n) = 1.645 + 0.842; with 25 pairs that is a half."""
    assert fixed_look(1.0, 25, alpha=0.05, power=0.80) == pytest.approx(0.4973, abs=5e-5)


def test_no_rounds_see_nothing() -> None:
    with pytest.raises(ValueError, match="no power"):
        fixed_look(1.0, 0, alpha=0.05)
    assert change(3) is None


def test_more_rounds_see_less() -> None:
    few, many = change(20), change(60)
    assert few is not None
    assert many is not None
    assert 0.02 < many < few < 0.10


def test_it_is_close_to_what_a_single_look_could_see_at_best() -> None:
    """The price of looking after every round, and of assuming nothing about the noise: less than half as much again."""
    found = change(60)
    assert found is not None
    best = fixed_look(0.01, 60, alpha=0.002)
    assert 1.0 < (found - 0.02) / best < 1.6


def test_a_resolution_says_how_long_it_takes() -> None:
    found = resolution(
        "cpu_ms_per_message",
        NOISE,
        40,
        minutes_per_round=0.05,
        alpha=0.002,
        margin=0.02,
        chance=random.Random(1),
    )
    assert found is not None
    assert (found.metric, found.rounds, found.minutes) == ("cpu_ms_per_message", 40, 2.0)


def test_rounds_that_are_too_few_have_no_resolution() -> None:
    found = resolution("x", NOISE, 2, minutes_per_round=1, alpha=0.002, margin=0.02, chance=random.Random(1))
    assert found is None
