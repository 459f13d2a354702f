"""Which budget holds: the shipped one, and over it what the project or a file says."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from reports.gate.budgets import BudgetError, budget_of
from reports.gate.rules import Budget

__all__ = ["load_budget"]

_DEFAULT = "default.toml"
_SECTION = "[tool.pulse.gate]"


def load_budget(root: Path, file: Path | None = None) -> Budget:
    """The limits and waivers for a checkout: of `file`, else of `[tool.pulse.gate]` in its pyproject.toml.

    They are laid over those that come with the package, which hold alone where a checkout has no such file or section.

    Raises:
        BudgetError: the file cannot be read, or says what cannot be meant.
    """
    text = files("profiles").joinpath("budgets", _DEFAULT).read_text(encoding="utf-8")
    default = budget_of(tomllib.loads(text), name="default")
    if file is not None:
        return budget_of(_tables(file), name=str(file), under=default)
    project = root / "pyproject.toml"
    table: Any = _tables(project) if project.exists() else {}
    for key in ("tool", "pulse", "gate"):
        table = table.get(key, {}) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise BudgetError(f"cannot use {project}", f"{_SECTION} is no table", f"write {_SECTION}")
    return budget_of(table, name="pyproject.toml", under=default) if table else default


def _tables(file: Path) -> Mapping[str, Any]:
    what = f"cannot use {file}"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BudgetError(what, str(error.strerror), "check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BudgetError(what, f"it is not TOML: {error}", "mend it") from error
