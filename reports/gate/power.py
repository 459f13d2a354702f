"""The smallest change that can be seen: of one fixed look, in a formula, and of a sequence, by resampling."""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, median

from reports.gate.chance import Chance
from reports.gate.model import Resolution
from reports.gate.symmetry import Bet

__all__ = ["fixed_look", "resolution", "smallest_change", "spread"]

_POWER = 0.95
_TRIALS = 200
_HALVINGS = 12
_HUGE = math.log(4.0)
_NORMAL_MAD = NormalDist().inv_cdf(0.75)


def spread(differences: Sequence[float]) -> float:
    """The standard deviation that normal noise with the same median absolute deviation would have.

    F. R. Hampel, "The influence curve and its role in robust estimation", Journal of the American Statistical
    Association 69 (1974), 383-393. Raises ValueError without differences.
    """
    if not differences:
        raise ValueError("no differences, no spread")
    middle = median(differences)
    return median(abs(one - middle) for one in differences) / _NORMAL_MAD


def fixed_look(deviation: float, rounds: int, alpha: float, power: float = _POWER) -> float:
    """The mean difference that a one-sided z-test of so many pairs sees with this power, looked at once.

    J. Cohen, "Statistical power analysis for the behavioral sciences" (1988), chapter 2. It is what a sequence cannot
    beat when noise is normal and nobody may look twice: a yardstick. Raises ValueError without rounds.
    """
    if rounds < 1:
        raise ValueError("no rounds, no power")
    normal = NormalDist()
    return (normal.inv_cdf(1 - alpha) + normal.inv_cdf(power)) * deviation / math.sqrt(rounds)


def smallest_change(
    differences: Sequence[float], rounds: int, *, alpha: float, margin: float, chance: Chance
) -> float | None:
    """The relative change that a sequence proves to be beyond the margin within `rounds`, in 95 cases of 100.

    `differences` are logarithms of head / base of equal arms, measured on the machine in question. They are drawn with
    replacement and with a random sign, as the symmetry that the sequence relies on allows. None where not even a change
    by a factor of four is seen.
    """
    middle = median(differences)
    sizes = tuple(abs(one - middle) for one in differences)
    draws = [tuple(chance.choice(sizes) * chance.choice((-1.0, 1.0)) for _ in range(rounds)) for _ in range(_TRIALS)]
    edge = math.log1p(margin)

    def is_seen(shift: float) -> bool:
        found = sum(_is_proven(draw, shift, edge, alpha) for draw in draws)
        return found >= _POWER * _TRIALS

    if not is_seen(_HUGE):
        return None
    return math.expm1(_least(is_seen, edge, _HUGE))


def resolution(
    metric: str,
    differences: Sequence[float],
    rounds: int,
    *,
    minutes_per_round: float,
    alpha: float,
    margin: float,
    chance: Chance,
) -> Resolution | None:
    """What is seen of a metric after so many rounds, and how long they take; None where nothing is."""
    change = smallest_change(differences, rounds, alpha=alpha, margin=margin, chance=chance)
    if change is None:
        return None
    return Resolution(metric=metric, smallest_change=change, rounds=rounds, minutes=rounds * minutes_per_round)


def _is_proven(draw: tuple[float, ...], shift: float, edge: float, alpha: float) -> bool:
    bet = Bet(edge)
    for difference in draw:
        bet.add(difference + shift)
        if bet.has_won(alpha):
            return True
    return False


def _least(is_seen: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_seen(middle) else (middle, high)
    return high
