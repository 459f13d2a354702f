"""Random draws that are the same on every machine and every Python: all from `random()`, which never changes.

The methods of `random.Random` that draw from other distributions may change from version to version, and the last
bits of `exp` and `log` differ between machines; results that go into a trace are rounded by their users.
"""

import hashlib
import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import TypeVar

__all__ = ["Chance", "Weights", "zipf"]

T = TypeVar("T")

_STANDARD = NormalDist()
_LEAST = 2**-54


class Weights:
    """Positions to draw in proportion to their weights."""

    def __init__(self, weights: Iterable[float]) -> None:
        """Weights of 0 are never drawn; at least one must be above 0."""
        self._upto = list(accumulate(weights))
        if not self._upto or not self._upto[-1] > 0:
            raise ValueError("all weights are 0")

    def at(self, uniform: float) -> int:
        """The position for a number in [0, 1)."""
        return bisect_right(self._upto, uniform * self._upto[-1], hi=len(self._upto) - 1)


def zipf(count: int, exponent: float) -> Weights:
    """Popularity by rank: the k-th of `count` is drawn k**-exponent times as often as the first."""
    return Weights((rank + 1) ** -exponent for rank in range(count))


class Chance:
    """A stream of draws named by a seed; children are independent of it and of each other."""

    def __init__(self, seed: str) -> None:
        """The same seed gives the same draws, whatever else was drawn elsewhere."""
        self._seed = seed
        self._next = random.Random(int.from_bytes(hashlib.sha256(seed.encode()).digest())).random

    def child(self, name: str) -> "Chance":
        """The stream of a part."""
        return Chance(f"{self._seed}/{name}")

    def uniform(self) -> float:
        """In [0, 1)."""
        return self._next()

    def happens(self, share: float) -> bool:
        """True for this share of calls."""
        return self._next() < share

    def below(self, count: int) -> int:
        """A whole number in [0, count)."""
        return int(self._next() * count)

    def choose(self, items: Sequence[T]) -> T:
        """One of the items, all alike."""
        return items[self.below(len(items))]

    def pick(self, weights: Weights) -> int:
        """A position in proportion to its weight."""
        return weights.at(self._next())

    def shuffle(self, count: int) -> list[int]:
        """The numbers below `count` in a random order."""
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def lognormal(self, median: float, sigma: float) -> float:
        """exp(N(ln median, sigma**2))."""
        return median * math.exp(sigma * self._normal())

    def geometric(self, mean: float) -> int:
        """At least 1; each further one as likely as the one before."""
        if mean <= 1:
            return 1
        return 1 + int(math.log(self._next() or _LEAST) / math.log(1 - 1 / mean))

    def gamma(self, cv: float) -> float:
        """Mean 1 and coefficient of variation `cv`: 1 is exponential, above 1 comes in bursts, 0 is constant.

        Marsaglia and Tsang's method (2000); below shape 1 by the power of a uniform.
        """
        if cv == 0:
            return 1.0
        shape = 1 / cv**2
        boost = 1.0 if shape >= 1 else (self._next() or _LEAST) ** (1 / shape)
        return self._gamma(shape if shape >= 1 else shape + 1) * boost / shape

    def _gamma(self, shape: float) -> float:
        third = shape - 1 / 3
        while True:
            normal = self._normal()
            cube = (1 + normal / math.sqrt(9 * third)) ** 3
            if cube > 0 and math.log(self._next() or _LEAST) < normal**2 / 2 + third - third * cube + third * math.log(
                cube
            ):
                return third * cube

    def _normal(self) -> float:
        return _STANDARD.inv_cdf(self._next() or _LEAST)
