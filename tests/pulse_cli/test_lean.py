"""What a service does not import."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pulse_cli.lean import TRIED, without

ROOT = Path(__file__).parents[2]


def test_a_package_is_not_found_meanwhile_and_found_afterwards() -> None:
    with without(("wave",)), pytest.raises(ModuleNotFoundError):
        import_module("wave")
    assert import_module("wave").__name__ == "wave"


def test_a_package_that_is_there_already_stays() -> None:
    with without(("json",)):
        assert import_module("json") is sys.modules["json"]
    assert "json" in sys.modules


@pytest.mark.real
def test_the_service_starts_without_what_its_libraries_only_try() -> None:
    code = f"""
import sys
from pulse_cli.lean import without
with without():
    import service.serving
print([name for name in {TRIED} + ("httpcore", "graphql", "lupa", "phonenumbers", "segno") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
