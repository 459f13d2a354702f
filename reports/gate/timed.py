"""Timed figures: paired rounds of both arms, judged by sequences that share one chance of a false alarm."""

from collections.abc import Collection

from reports.gate.model import Finding
from reports.gate.rules import Budget
from reports.gate.sequence import Sequence

__all__ = ["finding", "sequences"]


def sequences(metrics: Collection[str], budget: Budget, *, phase: int | None = None) -> dict[str, Sequence]:
    """A sequence for each metric that the budget limits; alpha is shared out among them, the margin is the limit."""
    raise NotImplementedError


def finding(metric: str, sequence: Sequence, budget: Budget, *, phase: int | None = None) -> Finding:
    """The finding on a metric from the rounds so far."""
    raise NotImplementedError
