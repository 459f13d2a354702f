"""One timed metric, judged by pairs of rounds, as often as one likes, and decided as soon as the rounds allow it."""

import math
from collections.abc import Iterable
from typing import Literal

from reports.gate.model import Interval, Outcome
from reports.gate.symmetry import Bet

__all__ = ["Sequence"]

_HALVINGS = 40


class Sequence:
    """Pairs of one metric; `margin` is the relative change that does not matter, in the bad direction.

    Four bets are made on the logarithms of head / base (symmetry.py): that they lie above and below the margin, and
    above and below its counterpart in the good direction. "worse" is beyond the margin, "better" beyond the other,
    "same" between the two; each is said wrongly with probability at most `alpha`, over all looks, provided that the
    order of the arms was drawn by a coin in every round. The first decision stands.

    Raises ValueError for an alpha that is not between 0 and 1 or a margin that is not above 0.
    """

    def __init__(self, *, alpha: float, margin: float, better: Literal["lower", "higher"] = "lower") -> None:
        if not 0 < alpha < 1 or not 0 < margin < math.inf:
            raise ValueError(f"alpha has to be between 0 and 1 and the margin above 0, not {alpha:g} and {margin:g}")
        self.alpha, self.margin, self.better = alpha, margin, better
        self.sign = 1.0 if better == "lower" else -1.0
        edge = math.log1p(margin)
        self._worse, self._not_worse = Bet(edge), Bet(-edge)
        self._better, self._not_better = Bet(edge), Bet(-edge)
        self._pairs: list[tuple[float, float]] = []
        self._outcome: Outcome = "undecided"

    @property
    def rounds(self) -> int:
        """How many pairs there are."""
        return len(self._pairs)

    @property
    def differences(self) -> tuple[float, ...]:
        """The logarithms of head / base, in the order of the rounds."""
        return tuple(math.log(head / base) for base, head in self._pairs)

    @property
    def base(self) -> float | None:
        """The geometric mean of base; None before the first round."""
        return _geometric_mean(base for base, _ in self._pairs)

    @property
    def head(self) -> float | None:
        """The geometric mean of head; None before the first round."""
        return _geometric_mean(head for _, head in self._pairs)

    @property
    def change(self) -> float | None:
        """The median of head / base - 1, which no outlier moves; None before the first round."""
        ordered = sorted(self.differences)
        if not ordered:
            return None
        middle = len(ordered) // 2
        return math.expm1((ordered[middle] + ordered[~middle]) / 2)

    def add(self, base: float, head: float) -> None:
        """One round of both arms.

        Raises:
            ValueError: a figure is not above 0 or not finite: it has no logarithm, and would be evidence of nothing.
        """
        if not (0 < base < math.inf and 0 < head < math.inf):
            raise ValueError(f"a round needs two figures above 0, not {base:g} and {head:g}")
        self._pairs.append((base, head))
        harm = self.sign * math.log(head / base)
        self._worse.add(harm)
        self._not_worse.add(-harm)
        self._better.add(-harm)
        self._not_better.add(harm)
        if self._outcome == "undecided":
            self._outcome = self._decided()

    def outcome(self) -> Outcome:
        """What has been proven so far."""
        return self._outcome

    @property
    def is_harmless(self) -> bool:
        """Whether it is proven not to be worse by more than the margin, be it the same or better."""
        return self._outcome in {"same", "better"} or (self._outcome != "worse" and self._not_worse.has_won(self.alpha))

    @property
    def is_settled(self) -> bool:
        """Whether a gate knows what it has to know, so that further rounds would be wasted on it."""
        return self._outcome == "worse" or self.is_harmless

    def interval(self) -> Interval:
        """Confidence limits of head / base - 1, each wrong with probability at most alpha over all looks."""
        found = self.differences
        low, high = _lowest(found, self.alpha), _lowest(tuple(-one for one in found), self.alpha)
        return Interval(
            None if low is None else math.expm1(low),
            None if high is None else math.expm1(-high),
        )

    def _decided(self) -> Outcome:
        if self._worse.has_won(self.alpha):
            return "worse"
        if self._better.has_won(self.alpha):
            return "better"
        same = self._not_worse.has_won(self.alpha) and self._not_better.has_won(self.alpha)
        return "same" if same else "undecided"


def _lowest(differences: tuple[float, ...], alpha: float) -> float | None:
    """The lower confidence limit of their centre: the highest one that can be ruled out; None where none can."""
    if not differences:
        return None
    kept = max(differences)
    ruled_out = min(differences) - (kept - min(differences)) - 1.0
    if not _is_ruled_out(ruled_out, differences, alpha):
        return None
    for _ in range(_HALVINGS):
        middle = (ruled_out + kept) / 2
        if _is_ruled_out(middle, differences, alpha):
            ruled_out = middle
        else:
            kept = middle
    return ruled_out


def _is_ruled_out(centre: float, differences: tuple[float, ...], alpha: float) -> bool:
    bet = Bet(centre)
    for difference in differences:
        bet.add(difference)
    return bet.has_won(alpha)


def _geometric_mean(figures: Iterable[float]) -> float | None:
    logs = [math.log(one) for one in figures]
    return math.exp(math.fsum(logs) / len(logs)) if logs else None
