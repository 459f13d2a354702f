"""Exact figures of two arms against a budget: every change is real, so what is beyond its limit has failed."""

from reports.gate.model import Finding
from reports.gate.rules import Budget
from reports.model import Arm

__all__ = ["findings"]


def findings(base: Arm, head: Arm, budget: Budget, *, phase: int | None = None) -> tuple[Finding, ...]:
    """A finding for each exact figure that the budget limits and one of the arms has."""
    raise NotImplementedError
