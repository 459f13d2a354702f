"""The command line, in this process and in one of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from pulse_cli.main import main

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    code: int | str | None
    output: str
    errors: str

    def assert_refused(self, *words: str) -> None:
        """One line, which contains the words."""
        assert self.code == 2, self.errors
        assert self.errors.startswith("error: ")
        assert self.errors.endswith("\n")
        assert self.errors.count("\n") == 1
        for word in words:
            assert word in self.errors


class Cli:
    """The command line in this process; for what is refused before the service configures its logs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Ended:
        for name, value in (environ or {}).items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setattr(sys, "argv", ["pulse", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        output = self._capsys.readouterr()
        return Ended(ended.value.code, output.out, output.err)


def pulse(*arguments: str, environ: Mapping[str, str] | None = None) -> Ended:
    """The command line in a process of its own."""
    own = {name: os.environ[name] for name in ("PATH", "PULSE_DATA_DIR", "NO_COLOR")}
    command = [sys.executable, "-m", "pulse_cli", *arguments]
    done = subprocess.run(
        command,
        env={**own, "PYTHONPATH": str(ROOT), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
