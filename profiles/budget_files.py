"""Budgets: TOML files shipped with the package or the user's own, and the user's `pyproject.toml`."""

from pathlib import Path

from reports.gate.rules import Budget

__all__ = ["list_budgets", "load_budget"]


def list_budgets() -> list[str]:
    """The names of the budgets that come with the package."""
    raise NotImplementedError


def load_budget(name_or_path: str | Path = "default", pyproject: Path | None = None) -> Budget:
    """A budget by name or path; what `[tool.pulse.gate]` of a `pyproject.toml` says is laid over it.

    Raises BudgetError (a RunError: one line and exit code 2).
    """
    raise NotImplementedError
