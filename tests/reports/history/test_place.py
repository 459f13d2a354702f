"""Where the kept runs are."""

from pathlib import Path

from reports.history import location


def test_it_is_at_the_top_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert location({}, tmp_path / "a" / "b") == tmp_path / ".pulse" / "runs.sqlite3"


def test_in_a_folder_that_says_so_it_is_there(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert location({"PULSE_HOME": "/elsewhere"}, tmp_path) == Path("/elsewhere/runs.sqlite3")


def test_outside_of_a_checkout_it_is_in_the_directory(tmp_path: Path) -> None:
    assert location({"PULSE_HOME": ""}, tmp_path) == tmp_path / ".pulse" / "runs.sqlite3"
