"""How often intervals of a slope miss it, on series such as RSS makes."""

import random
from collections.abc import Callable
from itertools import accumulate

import pytest

from reports.rss import Rss, growth_of
from service.core.trend import theil_sen

READINGS = 600
WARM_UP = READINGS // 3
EVERY = 1_000
SERIES = 200

Dice = random.Random
Level = Callable[[Dice], list[float]]


def scatter(persistence: float) -> Level:
    """Around a level, each reading keeping so much of the one before."""

    def level(dice: Dice) -> list[float]:
        spread = (1 - persistence**2) ** 0.5
        noise = (dice.gauss(0, spread) for _ in range(1_000 + READINGS))
        return [80 + one for one in accumulate(noise, lambda last, new: persistence * last + new)][-READINGS:]

    return level


def walk(dice: Dice) -> list[float]:
    return list(accumulate((dice.gauss(0, 0.1) for _ in range(READINGS)), initial=80.0))[1:]


def jump(dice: Dice) -> list[float]:
    """One in the judged part."""
    at, noise = dice.randrange(WARM_UP, READINGS), scatter(0.9)(dice)
    return [0.1 * one + 30 * (place > at) for place, one in enumerate(noise)]


def missed_by_growth(levels: list[float]) -> bool:
    rss = Rss(
        at_s=tuple(map(float, range(READINGS))),
        messages=tuple(range(0, EVERY * READINGS, EVERY)),
        rss_mb=tuple(levels),
    )
    found = growth_of(rss)
    assert found is not None
    return found.low > 0 or found.high < 0


def missed_by_sen(levels: list[float], count: int) -> bool:
    judged = levels[WARM_UP:]
    size = len(judged) // count
    means = [sum(judged[n * size : (n + 1) * size]) / size for n in range(count)]
    found = theil_sen(list(range(count)), means, 0.95)
    assert found is not None
    return found.low > 0 or found.high < 0


KINDS: dict[str, Level] = {
    "white noise": scatter(0.0),
    "AR(1), 0.9": scatter(0.9),
    "AR(1), 0.99": scatter(0.99),
    "random walk": walk,
    "one jump": jump,
}


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_that_are_not_there(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No series has a slope, and each interval is to miss that in 5 % of them."""
    series = [KINDS[kind](Dice(seed)) for seed in range(SERIES)]
    ours = sum(map(missed_by_growth, series))
    others = {count: sum(missed_by_sen(one, count) for one in series) for count in (100, 12)}
    with capsys.disabled():
        print(  # noqa: T201 - the table is what it is run for
            f"\n{kind}: increments {ours / SERIES:.1%}; Theil and Sen of 100 readings {others[100] / SERIES:.1%}, "
            f"of 12 block means {others[12] / SERIES:.1%}"
        )
    assert ours <= 0.1 * SERIES
