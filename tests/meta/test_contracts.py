"""The contracts of the map: kept by the code as it is, and broken by a violation planted in a copy of it."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles import quality

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
STAGES = ("commands", "edge", "flow", "gateway", "observe", "reply", "sandbox", "store")

VIOLATIONS = [
    ("arrows", "service/planted.py", "import profiles"),
    ("arrows", "service/planted.py", "import reports.stats"),
    ("arrows", "service/planted.py", "import pulse_cli"),
    ("arrows", "reports/planted.py", "import service.core"),
    ("arrows", "reports/planted.py", "import profiles"),
    ("arrows", "profiles/planted.py", "import pulse_cli"),
    ("star", "service/core/planted.py", "import service.ports"),
    ("star", "service/edge/planted.py", "from service import settings"),
    ("star", "service/planted.py", "# a module without a place on the map"),
    ("stages", "service/observe/planted.py", "import service.edge"),
    ("core", "service/core/planted.py", "import asyncio"),
    ("core", "service/core/planted.py", "from time import time"),
    ("core", "service/core/planted.py", "def f():\n    import random"),
    ("core", "service/core/planted.py", "import pathlib"),
    ("core", "service/core/planted.py", "import redis"),
    ("statistics", "reports/stats.py", "import time"),
    ("gate", "reports/gate/sequence.py", "import random"),
    ("httpx", "service/edge/planted.py", "import httpx"),
    ("redis", "service/flow/planted.py", "from redis.asyncio import Redis"),
    ("rich", "pulse_cli/planted.py", "from rich.table import Table"),
    ("cycles", "service/core/planted.py", "import service.core.planted_too"),
]


def contracts() -> dict[str, str]:
    """The name of each contract by its id."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract["name"] for contract in config["tool"]["importlinter"]["contracts"]}


def broken(tree: Path) -> set[str]:
    """The ids of the contracts that a tree breaks."""
    lint = subprocess.run([sys.executable, "-c", LINT], cwd=tree, capture_output=True, text=True, check=False)
    assert "Contracts: " in lint.stdout, lint.stdout + lint.stderr
    names = set(re.findall(r"^(.*) BROKEN", lint.stdout, re.MULTILINE))
    return {key for key, name in contracts().items() if name in names}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code to plant in, with a second module for a cycle that nothing closes yet."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in quality.PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "service/core/planted_too.py").write_text("import service.core.planted\n")
    (copy / "service/core/planted.py").write_text("")
    return copy


@pytest.fixture
def plant(tree: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The tree with one line more at the end of one file."""
    name, code = request.param
    path = tree / name
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{code}\n")
    yield tree
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


def test_the_code_keeps_every_contract(tree: Path) -> None:
    assert broken(tree) == set()


@pytest.mark.parametrize(
    ("plant", "contract"),
    [((name, code), contract) for contract, name, code in VIOLATIONS],
    indirect=["plant"],
    ids=[f"{contract}-{name}-{code.splitlines()[-1].strip()}" for contract, name, code in VIOLATIONS],
)
def test_a_planted_violation_is_caught(plant: Path, contract: str) -> None:
    assert contract in broken(plant)


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(contracts())


def test_every_stage_is_under_the_contracts() -> None:
    folders = {path.parent.name for path in (ROOT / "service").glob("*/__init__.py")} - {
        "core",
        "ports",
        "transport",
        "wiring",
    }
    assert folders == set(STAGES)
