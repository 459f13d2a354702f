"""What a report says of where and when it was measured."""

import re
import subprocess
from pathlib import Path

from profiles.conditions import commit_of, conditions


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Pulse", "-c", "user.email=pulse@example.com"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def checkout(folder: Path) -> Path:
    (folder / "package").mkdir()
    (folder / "package" / "code.py").write_text("a = 1\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "One")
    return folder / "package"


def test_a_commit_is_named_and_a_change_to_it_marked(tmp_path: Path) -> None:
    package = checkout(tmp_path)
    clean = commit_of(package)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    (package / "code.py").write_text("a = 2\n")
    assert commit_of(package) == f"{clean}+"


def test_code_that_is_not_tracked_is_of_no_commit(tmp_path: Path) -> None:
    installed = checkout(tmp_path) / "site-packages"
    installed.mkdir()
    (installed / "code.py").write_text("a = 1\n")
    assert commit_of(installed) == ""
    assert commit_of(tmp_path.parent) == ""


def test_conditions_say_when_and_on_what() -> None:
    found = conditions("real", versions={"Valkey": "9.1.2"})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.started_at)
    assert (found.clock, found.versions["Valkey"], found.cores > 0) == ("real", "9.1.2", True)
    assert {"redis", "httpx", "uvloop"} <= found.versions.keys()
