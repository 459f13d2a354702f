"""`pulse report` from its arguments to its files."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse_cli.main import app
from reports.model import dump
from tests.pulse_cli.kit import Cli
from tests.reports.html_kit import full_run


@pytest.fixture(autouse=True)
def nothing_kept(nowhere: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own folder is that of the empty directory."""
    monkeypatch.delenv("PULSE_HOME", raising=False)


@pytest.fixture
def run_file(tmp_path: Path, nothing_kept: None) -> str:
    dump(full_run(), tmp_path / "run.json")
    return "run.json"


def test_the_page_is_written_under_the_projects_own_folder(run_file: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", run_file])
    assert result.exit_code == 0, result.output
    (page,) = (tmp_path / ".pulse/reports").iterdir()
    assert result.stdout == f"the report is in {page}\n"
    assert "<h1>Phase 6 takes 50.0\N{NO-BREAK SPACE}% less time to answer than phase 0</h1>" in page.read_text()


def test_markdown_goes_to_standard_output_and_needs_no_page(run_file: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", run_file, "--markdown", "-"])
    assert result.stdout.startswith("## Phase 6 takes 50.0 % less time")
    assert not (tmp_path / ".pulse").exists()


def test_both_are_written_when_both_are_asked_for(run_file: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", run_file, "--markdown", "a.md", "--html", "pages/a.html"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a.md").read_text().startswith("## ")
    assert (tmp_path / "pages/a.html").read_text().startswith("<!doctype html>")


def test_a_run_that_is_not_there_is_refused(cli: Cli) -> None:
    cli("report", "nope.json").assert_refused("nope.json", "no such file")
    cli("report").assert_refused("no run @last", "`pulse bench`")


def test_without_the_extra_one_line_says_what_to_install(
    cli: Cli, run_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    cli("report", run_file).assert_refused("pip install 'pulse-bot[report]'", "--markdown")


def test_a_page_that_cannot_be_written_is_refused(cli: Cli, run_file: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cli("report", run_file, "--html", "file/page.html").assert_refused("file/page.html", "choose another file")
