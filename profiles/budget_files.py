"""Budgets: TOML files shipped with the package or the user's own, and the user's `pyproject.toml`."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from reports.gate.budgets import BudgetError, budget_of
from reports.gate.rules import Budget

__all__ = ["list_budgets", "load_budget"]

_SECTION = "[tool.pulse.gate]"


def list_budgets() -> list[str]:
    """The names of the budgets that come with the package."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped().iterdir() if entry.name.endswith(".toml"))


def load_budget(name_or_path: str | Path = "default", pyproject: Path | None = None) -> Budget:
    """A shipped budget by its name, or any other by its path, under `[tool.pulse.gate]` of a `pyproject.toml`.

    A `pyproject.toml` that is not there, or has no such section, changes nothing.

    Raises:
        BudgetError: no such budget, not TOML, an unknown key or metric, or a value that cannot be meant.
    """
    name = str(name_or_path)
    if name in list_budgets():
        budget = budget_of(_tables(f"budget {name}", _shipped().joinpath(f"{name}.toml")), name=name)
    elif Path(name).is_file():
        budget = budget_of(_tables(name, Path(name)), name=name)
    else:
        there_are = ", ".join(list_budgets())
        raise BudgetError(f"cannot use {name}", "no such budget or file", f"give a TOML file, or one of: {there_are}")
    return budget if pyproject is None else _with_project(budget, pyproject)


def _with_project(budget: Budget, pyproject: Path) -> Budget:
    if not pyproject.is_file():
        return budget
    tables: Any = _tables(str(pyproject), pyproject)
    for key in ("tool", "pulse", "gate"):
        tables = tables.get(key, {}) if isinstance(tables, dict) else None
    if not isinstance(tables, dict):
        raise BudgetError(f"cannot use {pyproject}", f"{_SECTION} is no table", f"begin a line with {_SECTION}")
    return budget_of(tables, name=f"{pyproject.name} {_SECTION}", under=budget) if tables else budget


def _shipped() -> Traversable:
    return files("profiles").joinpath("budgets")


def _tables(name: str, source: Traversable | Path) -> dict[str, Any]:
    try:
        return tomllib.loads(source.read_bytes().decode())
    except OSError as error:
        raise BudgetError(f"cannot use {name}", f"it cannot be read: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise BudgetError(f"cannot use {name}", "it is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BudgetError(f"cannot use {name}", f"it is not TOML: {error}", "mend that line") from error
