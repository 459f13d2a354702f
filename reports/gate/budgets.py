"""Budgets from TOML tables."""

from collections.abc import Collection, Mapping
from typing import Any

from reports.gate.rules import Budget
from reports.model import RunError

__all__ = ["KNOWN", "BudgetError", "budget_of"]

KNOWN: frozenset[str] = frozenset()
"""The keys of all figures that a limit may name."""


class BudgetError(RunError):
    """A budget that cannot be used."""


def budget_of(
    tables: Mapping[str, Any], *, name: str, known: Collection[str] = KNOWN, under: Budget | None = None
) -> Budget:
    """The budget in a file's tables; its limits come after those of `under`, and so hold where both speak."""
    raise NotImplementedError
