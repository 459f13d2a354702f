from reports.gate.model import Interval, Outcome
from typing import Literal

__all__ = ["Sequence"]


class Sequence:
    """Paired rounds of one timed metric, looked at as often as one likes."""

    def __init__(self, *, alpha: float, margin: float, better: Literal["lower", "higher"] = "lower") -> None:
        self.alpha, self.margin, self.better = alpha, margin, better
        self._pairs: list[tuple[float, float]] = []

    @property
    def rounds(self) -> int:
        return len(self._pairs)

    def add(self, base: float, head: float) -> None:
        """One round. Raises ValueError for figures that are not above 0."""

    def outcome(self) -> Outcome:
        return "undecided"

    def interval(self) -> Interval:
        """Confidence limits of head / base - 1."""
        return Interval(None, None)
