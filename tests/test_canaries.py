"""The check for canaries sees one wherever a test may let it out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import canaries

ROOT = Path(__file__).parents[1]
LEAKS = {
    "standard output": "print({canary!r})",
    "standard error": "import sys; sys.stderr.write('x' + {canary!r} + 'y')",
    "a log": "import logging; logging.getLogger('x').warning('it is %s', {canary!r})",
    "a process of its own": "import os; os.system('echo ' + {canary!r})",
    "the message of an error": "raise ValueError({canary!r})",
    "an assertion": "assert [{canary!r}] == []",
}
CANARIES = {
    **canaries.SECRETS,
    "secret of a bench": "bench-flash-key",
    "memo": canaries.MEMO,
    "session token": canaries.SESSION_TOKEN,
    "invoice": canaries.INVOICE,
}


def run(tmp_path: Path, body: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of the suite with one test in it."""
    (tmp_path / "test_planted.py").write_text(f"def test_planted():\n    {body}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.canaries", "-p", "no:cacheprovider", *options, "."],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("place", LEAKS)
def test_a_planted_leak_fails_the_run_and_is_named_and_not_repeated(tmp_path: Path, place: str) -> None:
    shown = run(tmp_path, LEAKS[place].format(canary=canaries.FLASH_KEY))
    assert shown.returncode == 1
    assert "test_planted.py::test_planted lets out: FLASH_API_KEY in" in shown.stdout
    assert canaries.FLASH_KEY not in shown.stdout + shown.stderr


def test_a_planted_leak_is_found_in_a_worker(tmp_path: Path) -> None:
    shown = run(tmp_path, LEAKS["standard output"].format(canary=canaries.FLASH_KEY), "-n", "1")
    assert shown.returncode == 1
    assert "test_planted lets out: FLASH_API_KEY in" in shown.stdout
    assert canaries.FLASH_KEY not in shown.stdout + shown.stderr


def test_without_a_leak_a_run_passes_and_a_failure_is_shown_as_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "print('a canary')").returncode == 0
    failed = run(tmp_path, "assert 'seen' == 'not seen'")
    assert (failed.returncode, "lets out" in failed.stdout) == (1, False)
    assert "not seen" in failed.stdout


@pytest.mark.parametrize("kind", CANARIES)
def test_every_kind_of_canary_is_known(kind: str) -> None:
    text = f"before {CANARIES[kind]} after"
    assert canaries.found_in(text) == [kind]
    assert canaries.hidden(text) == f"before [{kind}] after"


@pytest.mark.parametrize("phone", ["+18765550101", "18765550107", "876-555-0103", "+18763000042"])
def test_phones_of_the_simulated_worlds_are_known(phone: str) -> None:
    assert canaries.found_in(f"to {phone}") != []
    assert canaries.found_in("to +18765559999") == []
