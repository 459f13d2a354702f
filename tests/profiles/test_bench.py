"""A bench from its plan to its run, and `pulse bench` from its options to its file."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from profiles.arms import phase_arm
from profiles.bench import Plan, run_bench, trace_of, work_of
from profiles.workload import load_workload
from pulse_cli.main import app
from reports.model import Run, load
from service.core.errors import ConfigError
from service.roadmap import phase_switches

METRICS = {
    "response_ms_mean",
    "response_ms_p50",
    "response_ms_p90",
    "response_ms_p99",
    "hit_rate",
    "rss_mb_settled",
    "rss_mb_peak",
    "upstream_calls_per_message",
    "redis_round_trips_per_message",
    "cpu_ms_per_message",
}
OF_A_PROCESS = {"rss_mb_settled", "rss_mb_peak", "cpu_ms_per_message"}


def plan(*phases: int, minutes: float | None = None, serve: tuple[str, ...] | None = None) -> Plan:
    arms = tuple(phase_arm(phase) for phase in phases)
    return Plan(arms=arms, workload=load_workload("quiet"), seed=1, minutes=minutes, serve=serve)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What `pulse bench` printed for the quiet workload, and the file that it wrote."""
    file = tmp_path_factory.mktemp("bench") / "run.json"
    result = CliRunner().invoke(
        app, ["bench", "--phase", "3", "--workload", "quiet", "--no-memory", "--json", str(file)]
    )
    assert result.exit_code == 0, result.output
    return result.stdout, file


@pytest.fixture
def document(bench: tuple[str, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench[1].read_bytes())
    return found


def test_the_file_has_schema_1_with_a_trace_and_two_arms(document: dict[str, Any]) -> None:
    assert document["schema"] == 1
    assert document["trace"]["seed"] == 1
    assert len(document["trace"]["digest"]) == 64
    assert document["trace"]["messages"] > 0
    assert [arm["name"] for arm in document["arms"]] == ["phase-0", "phase-3"]
    assert [arm["switches"] for arm in document["arms"]] == [[], sorted(phase_switches(3))]


def test_every_arm_has_every_metric_and_no_other(document: dict[str, Any]) -> None:
    assert [set(arm["metrics"]) for arm in document["arms"]] == [METRICS, METRICS]


def test_figures_are_in_their_ranges(document: dict[str, Any]) -> None:
    for arm in document["arms"]:
        metrics = arm["metrics"]
        assert 0 < metrics["response_ms_p50"] <= metrics["response_ms_p90"] <= metrics["response_ms_p99"]
        assert 0 < metrics["response_ms_mean"] < 60_000
        assert 0 < metrics["hit_rate"] <= 1
        assert metrics["upstream_calls_per_message"] > 0
        assert metrics["redis_round_trips_per_message"] > 0


def test_what_needs_a_process_is_null_without_one(document: dict[str, Any]) -> None:
    assert {arm["metrics"][name] for arm in document["arms"] for name in OF_A_PROCESS} == {None}


def test_limits_are_there_and_hold(document: dict[str, Any]) -> None:
    for arm in document["arms"]:
        limits, metrics = arm["limits"], arm["metrics"]
        assert metrics["hit_rate"] <= limits["hit_rate_best"] + 1e-12
        assert 0 < limits["upstream_calls_per_message_floor"] <= metrics["upstream_calls_per_message"] + 1e-12


def test_the_file_reads_back_as_a_run(bench: tuple[str, Path]) -> None:
    assert [arm.name for arm in load(bench[1]).arms] == ["phase-0", "phase-3"]


def test_the_table_shows_both_arms_and_where_the_file_is(bench: tuple[str, Path], document: dict[str, Any]) -> None:
    printed, file = bench
    assert printed.startswith("Bench: phase 3 against phase 0\n")
    for arm in document["arms"]:
        assert f"{arm['metrics']['response_ms_mean']:.1f}" in printed
    assert document["trace"]["digest"][:12] in printed
    assert str(file) in printed.replace("\n", "")


def test_a_phase_that_is_its_own_baseline_is_one_arm() -> None:
    options = ["--phase", "1", "--baseline", "1", "--workload", "quiet", "--minutes", "1", "--no-memory", "--no-keep"]
    result = CliRunner().invoke(app, ["bench", *options])
    assert result.exit_code == 0
    assert "phase 1 is its own baseline" in result.stderr
    assert "kept as run" not in result.stdout


def figures(run: Run) -> bytes:
    return msgspec.json.encode((run.trace, run.arms))


def test_a_bench_gives_the_same_figures_twice_and_reports_all_of_its_progress() -> None:
    small = plan(1, 3, minutes=1.0)
    trace = trace_of(small)
    ticks: list[int] = []
    one, other = run_bench(small, trace, ticks.append), run_bench(small, trace)
    assert figures(one) == figures(other)
    assert sum(ticks) == work_of(small, trace) == 2 * len(trace.arrivals)


def test_processes_add_to_the_work_of_a_bench() -> None:
    trace = trace_of(plan(0))
    assert work_of(plan(0, 3, serve=("pulse", "serve")), trace) > work_of(plan(0, 3), trace)


def test_a_trace_without_messages_is_refused() -> None:
    with pytest.raises(ConfigError, match="workload quiet has no message"):
        trace_of(plan(0, minutes=0.0001))
