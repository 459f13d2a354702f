"""`pulse runs` and `pulse compare`, from their options to their pages."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulse_cli.keeping import keep
from pulse_cli.main import app
from reports.history import History
from reports.model import dump, load
from tests.pulse_cli.kit import Cli, Ended
from tests.reports.history.kit import arm_of, run_of
from tests.reports.load_kit import capacity_found, load_run

SMALL = ("bench", "--workload", "quiet", "--minutes", "0.5", "--phase", "1", "--baseline", "1", "--no-memory")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULSE_HOME", str(tmp_path / "kept"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "kept" / "runs.sqlite3"


@pytest.fixture
def kept(home: Path) -> Path:
    """Three runs: of phase 6, of phase 3, and of other traffic."""
    with History.open(home) as history:
        history.add(run_of(arm_of("phase-0"), arm_of()))
        history.add(run_of(arm_of("phase-0"), arm_of("phase-3", 300.0), commit="aaaa11112222+"))
        history.add(run_of(arm_of("phase-6", 200.0), workload="spike", digest="77"))
    return home


def pulse(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(cli: Cli, home: Path, *arguments: str) -> Ended:
    return cli(*arguments, environ={"PULSE_HOME": str(home.parent)})


def test_a_bench_keeps_its_run_and_says_its_number(home: Path) -> None:
    assert pulse(*SMALL, "--json", "run.json").splitlines()[-2:] == ["kept as run 1", "the run is in run.json"]
    with History.open(home) as history:
        assert history.get("@last") == load(Path("run.json"))


def test_a_run_that_cannot_be_kept_is_a_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.parent.touch()
    keep(run_of())
    said = capsys.readouterr()
    assert said.err.startswith("warning: cannot open")
    assert said.out == ""


def test_runs_are_listed_newest_first(kept: Path) -> None:
    lines = [line.split() for line in pulse("runs", "list").splitlines() if line.strip()[:1].isdigit()]
    assert [line[0] for line in lines] == ["3", "2", "1"]
    assert lines[1][1] == "aaaa1111+"


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--phase", "6"), ["3", "1"]),
        (("--arm", "phase-3"), ["2"]),
        (("--workload", "spike"), ["3"]),
        (("--commit", "aaaa"), ["2"]),
        (("--limit", "1"), ["3"]),
    ],
)
def test_runs_are_listed_by_what_they_are_of(kept: Path, options: tuple[str, ...], numbers: list[str]) -> None:
    lines = pulse("runs", "list", *options).splitlines()
    assert [line.split()[0] for line in lines if line.strip()[:1].isdigit()] == numbers


def test_the_figures_in_the_list_are_those_that_were_asked_for(kept: Path) -> None:
    text = pulse("runs", "list", "--metric", "answered", "--phase", "0")
    assert "Answered" in text
    assert "those of phase-0" in text


def test_an_empty_history_says_how_to_fill_it(home: Path) -> None:
    assert (
        pulse("runs", "list")
        == "No such runs are kept: `pulse bench`, `pulse load` and `pulse capacity` keep each of their own.\n"
    )
    assert not home.exists()


def test_a_list_can_be_had_as_json(kept: Path) -> None:
    found = json.loads(pulse("runs", "list", "--limit", "2", "--json", "-"))
    assert [(run["id"], run["figures"]["response_ms_mean"]) for run in found] == [(3, 200.0), (2, 300.0)]


def test_a_kept_run_is_shown_as_it_was(kept: Path) -> None:
    text = pulse("runs", "show", "@last-1")
    assert text.startswith("Bench: phase 3 against phase 0\nrun 2: commit aaaa1111+, started 2026-01-05 08:00 UTC\n")
    assert "300.0" in text


def test_load_runs_and_capacities_are_listed_shown_and_exported(kept: Path) -> None:
    with History.open(kept) as history:
        history.add(load_run())
        history.add(capacity_found())
    lines = [line.split() for line in pulse("runs", "list").splitlines() if line.strip()[:1].isdigit()]
    assert [line[5] for line in lines[:3]] == ["capacity", "load", "bench"]
    assert (lines[0][7], lines[0][8]) == ("phase-6", "(20.0/s)")
    assert pulse("runs", "show", "@last-1").startswith("Load soak:1/10s on phase-6 (real time, seed 1)\nrun 4: commit")
    assert "holds at 20.0 messages/s" in pulse("runs", "show", "@last")
    assert json.loads(pulse("runs", "export", "4"))["profile"] == "soak:1/10s"


def test_a_run_that_was_measured_elsewhere_can_be_kept(home: Path) -> None:
    dump(run_of(), Path("run.json"))
    assert pulse("runs", "add", "run.json") == "run.json is kept as run 1\n"
    assert "Bench: phase 6" in pulse("runs", "show", "1")


def test_runs_are_removed_by_any_name(kept: Path) -> None:
    assert pulse("runs", "rm", "@last", "aaaa", "2") == "removed run 3\nremoved run 2\n"
    with History.open(kept) as history:
        assert [entry.id for entry in history.entries()] == [1]


def test_a_trend_is_of_the_last_runs_last_arm(kept: Path) -> None:
    text = pulse("runs", "trend", "response_ms_mean")
    assert text.startswith("Trend: Response time mean of phase-6\n1 run, workload spike")
    assert "One other run was left out" in text


def test_without_a_key_all_metrics_are_in_a_line_each(kept: Path) -> None:
    text = pulse("runs", "trend", "--arm", "phase-0")
    assert text.startswith("Trends of phase-0: no figures last changed for the worse\n2 runs, workload reference")
    assert "Cache hit rate, %" in text
    assert "RSS peak" not in text


def test_the_metrics_are_those_of_benches(kept: Path) -> None:
    usual = pulse("runs", "trend")
    with History.open(kept) as history:
        history.add(load_run())
    assert pulse("runs", "trend") == usual
    assert pulse("runs", "trend", "response_ms_mean").startswith(
        "Trend: Response time mean of phase-6\n1 run, workload load"
    )


def test_a_trend_can_be_had_as_json(kept: Path) -> None:
    found = json.loads(pulse("runs", "trend", "response_ms_mean", "--arm", "phase-0", "--json", "-"))
    assert [point["value"] for point in found["points"]] == [500.0, 500.0]


def test_a_run_is_exported_to_a_file_or_to_the_output(kept: Path) -> None:
    assert json.loads(pulse("runs", "export", "1", "--format", "bmf", "--arm", "phase-6")).keys() == {"phase-6"}
    assert pulse("runs", "export", "1", "--output", "run.json") == ""
    assert load(Path("run.json")) == run_of()


def test_runs_are_compared_by_any_name(kept: Path) -> None:
    dump(run_of(), Path("run.json"))
    text = pulse("compare", "run.json", "2")
    assert text.startswith("Compare: run 2 against run.json\n")
    assert "-40.0 % better" in text


def test_a_comparison_can_be_had_as_json_and_markdown(kept: Path) -> None:
    assert json.loads(pulse("compare", "1", "2", "--json", "-"))["after"] == "run 2"
    assert pulse("compare", "1", "2", "--markdown", "-").startswith("## Compare: run 2 against run 1\n")


def test_files_of_pytest_benchmark_are_compared(kept: Path) -> None:
    pulse("runs", "export", "1", "--format", "pytest-benchmark", "--output", "one.json")
    text = pulse("compare", "one.json", "one.json")
    assert "0 slower, 0 faster, 4 within noise" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("runs", "show", "9"), ("no run 9", "has 3 runs", "pulse runs list")),
        (("runs", "show", "nope"), ("no run 'nope'", "@last")),
        (("runs", "show", "nope.json"), ("nope.json", "No such file")),
        (("runs", "rm", "1", "9"), ("no run 9",)),
        (("runs", "add", "nope.json"), ("nope.json", "No such file")),
        (("runs", "list", "--phase", "3", "--arm", "phase-3"), ("--phase and --arm",)),
        (("runs", "trend", "p99"), ("no trend of p99", "response_ms_p99")),
        (("runs", "trend", "zzz"), ("no trend of zzz", "response_ms_mean")),
        (("runs", "trend", "hit_rate", "--workload", "nope"), ("no such runs",)),
        (("runs", "trend", "--arm", "phase-9"), ("no such runs",)),
        (("runs", "export", "--format", "xml"), ("no format 'xml'", "pytest-benchmark")),
        (("runs", "export", "1", "--arm", "phase-9"), ("no arm 'phase-9'",)),
        (("runs", "export", "1", "--output", "no/such/file"), ("cannot write",)),
        (("compare", "1", "3"), ("different traffic", "--force")),
        (("compare", "1", "2", "--arm", "phase-9"), ("no arm 'phase-9'", "phase-0, phase-6")),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, kept: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(cli, kept, *arguments).assert_refused(*words)
    with History.open(kept) as history:
        assert len(history.entries()) == 3


def test_a_run_and_a_file_of_pytest_benchmark_are_not_compared(cli: Cli, kept: Path) -> None:
    pulse("runs", "export", "1", "--format", "pytest-benchmark", "--output", "one.json")
    refused(cli, kept, "compare", "one.json", "1").assert_refused("one.json is of pytest-benchmark", "like with like")
