"""The chance that simulations draw from: what they need of `random.Random`, which their callers seed and give."""

from typing import Protocol

__all__ = ["Chance"]


class Chance(Protocol):
    """A seeded generator."""

    def random(self) -> float:
        """At least 0, less than 1."""
        ...

    def gauss(self, mu: float, sigma: float) -> float:
        """Normally distributed."""
        ...

    def expovariate(self, lambd: float) -> float:
        """Exponentially distributed; `lambd` is one over the mean."""
        ...

    def choice(self, seq: tuple[float, ...], /) -> float:
        """One of them."""
        ...
