"""Exports in the shapes that other tools read."""

import csv
import io
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from pytest_benchmark import cli
from pytest_benchmark import stats as their_stats

from reports.interop import FORMATS
from reports.interop.pytest_benchmark import stats
from reports.model import Arm, NamespaceHits, Run, RunError, Samples, decode, only
from tests.reports.history.kit import arm_of, run_of

THEIR_COMMAND: Any = cli.main
THEIR_STATS: Any = their_stats.Stats
NEEDS_SAMPLES = ("k6", "pytest-benchmark")


@pytest.fixture
def run() -> Run:
    """Two arms; of the last one's ten messages one was never answered."""
    samples = Samples(
        at_s=tuple(range(10)),
        commands=("balance", "send") * 5,
        response_ms=(*(float(ms) for ms in range(100, 1000, 100)), None),
    )
    hits = {"price": NamespaceHits(hits=40, stale=0, coalesced=0, misses=60, asked=100)}
    last = msgspec.structs.replace(arm_of(), samples=samples, hits_by_namespace=hits)
    return run_of(arm_of("phase-0"), last, commit="827027b01234+")


def exported(name: str, run: Run) -> Any:
    return json.loads(FORMATS[name](run))


def test_json_is_the_run_itself(run: Run) -> None:
    assert decode(FORMATS["json"](run)) == run


def test_k6s_summary_has_its_shape(run: Run) -> None:
    """As `handleSummary` gets it: what k6's own text summary and k6-reporter read."""
    summary = exported("k6", run)
    assert summary.keys() == {"root_group", "options", "state", "metrics"}
    assert summary["root_group"].keys() == {"name", "path", "id", "groups", "checks"}
    assert summary["options"].keys() == {"summaryTrendStats", "summaryTimeUnit", "noColor"}
    assert summary["state"] == {"isStdOutTTY": False, "isStdErrTTY": False, "testRunDurationMs": 3_600_000.0}
    assert {metric["type"] for metric in summary["metrics"].values()} == {"counter", "trend", "rate", "gauge"}
    assert all(metric.keys() == {"type", "contains", "values"} for metric in summary["metrics"].values())


def test_k6s_trends_have_the_statistics_that_its_options_name(run: Run) -> None:
    summary = exported("k6", run)
    duration = summary["metrics"]["http_req_duration"]
    assert (duration["type"], duration["contains"]) == ("trend", "time")
    assert sorted(duration["values"]) == sorted(summary["options"]["summaryTrendStats"])
    assert duration["values"]["avg"] == 500.0
    assert (duration["values"]["med"], duration["values"]["p(95)"], duration["values"]["max"]) == (500.0, 900.0, 900.0)
    assert summary["metrics"]["http_req_duration{command:send}"]["values"]["max"] == 800.0


def test_k6s_rates_count_what_failed_and_what_hit(run: Run) -> None:
    metrics = exported("k6", run)["metrics"]
    assert metrics["http_reqs"]["values"] == {"count": 10, "rate": pytest.approx(10 / 3600)}
    assert metrics["http_req_failed"]["values"] == {"rate": 0.1, "passes": 1, "fails": 9}
    assert metrics["pulse_hit_rate"]["values"] == {"rate": 0.4, "passes": 40, "fails": 60}
    assert metrics["pulse_rss_mb_settled"]["values"] == {"value": 60.0, "min": 60.0, "max": 60.0}
    assert "pulse_rss_mb_peak" not in metrics


def test_pytest_benchmark_reads_our_file_with_its_own_compare(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one.json", "two.json"):
        Path(name).write_bytes(FORMATS["pytest-benchmark"](run))
    monkeypatch.setattr(sys, "argv", ["pytest-benchmark", "compare", "one.json", "two.json", "--csv=out"])
    THEIR_COMMAND()
    table = capsys.readouterr().out
    assert "response_time[phase-6-all] (one)" in table.replace("0001_", "")
    rows = list(csv.DictReader(Path("out.csv").read_text().splitlines()))
    assert len(rows) == 10
    means = {row["name"]: float(row["mean"]) for row in rows}
    assert means["pulse bench::response_time[phase-6-send]"] == pytest.approx(0.5)


def test_pytest_benchmarks_head_is_of_the_run(run: Run) -> None:
    document = exported("pytest-benchmark", run)
    assert document.keys() == {"machine_info", "commit_info", "benchmarks", "datetime", "version"}
    assert (document["commit_info"]["id"], document["commit_info"]["dirty"]) == ("827027b01234", True)
    assert document["machine_info"]["cpu"] == {"brand_raw": "A processor", "count": 2}
    assert document["datetime"] == "2026-01-05T08:00:00+00:00"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 41])
def test_statistics_are_those_that_pytest_benchmark_computes(count: int) -> None:
    dice = Random(count)
    times = [dice.expovariate(10) for _ in range(count)]
    theirs = THEIR_STATS()
    for time in times:
        theirs.update(time)
    ours = stats(times)
    assert ours.pop("iterations") == 1
    assert ours.pop("outliers") == theirs.as_dict().pop("outliers")
    assert ours == pytest.approx({key: value for key, value in theirs.as_dict().items() if key != "outliers"})


def test_github_action_benchmark_gets_one_direction_in_each_file(run: Run) -> None:
    smaller, bigger = exported("github-action-benchmark", run), exported("github-action-benchmark-bigger", run)
    assert [entry["name"] for entry in bigger] == ["phase-0: Cache hit rate", "phase-6: Cache hit rate"]
    assert (bigger[0]["value"], bigger[0]["unit"]) == (40.0, "%")
    entry = next(entry for entry in smaller if entry["name"] == "phase-6: Response time mean")
    assert entry == {
        "name": "phase-6: Response time mean",
        "unit": "ms",
        "value": 500.0,
        "range": "± 273.9",
        "extra": "commit 827027b0+, started 2026-01-05 08:00 UTC\nworkload reference, trace 3fa9c2",
    }
    assert all(isinstance(entry["unit"], str) and entry["unit"] for entry in smaller)


def test_bencher_gets_measures_by_slug_with_bounds(run: Run) -> None:
    document = exported("bmf", run)
    assert document["phase-6"]["response-ms-mean"] == {
        "value": 500.0,
        "lower_value": pytest.approx(226.1, abs=0.1),
        "upper_value": pytest.approx(773.9, abs=0.1),
    }
    assert document["phase-0"]["hit-rate"] == {"value": 0.4}
    assert "rss-mb-peak" not in document["phase-0"]


def test_a_table_has_a_line_for_each_figure(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](run).decode())))
    found = {(row["arm"], row["figure"]): (row["value"], row["better"]) for row in rows}
    assert found["phase-6", "hit_rate"] == ("0.4", "higher")
    assert found["phase-0", "answered"] == ("3.0", "lower")
    assert {row["commit"] for row in rows} == {"827027b01234+"}


@pytest.mark.parametrize("name", FORMATS)
def test_without_raw_samples_a_format_does_without_or_says_so(name: str) -> None:
    bare = run_of(arm_of(samples=0))
    if name in NEEDS_SAMPLES:
        with pytest.raises(RunError, match="cannot export phase-6: this format needs the raw samples"):
            FORMATS[name](bare)
    else:
        assert b"phase-6" in FORMATS[name](bare)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "csv"])
def test_an_arm_that_never_answered_is_exported_too(name: str) -> None:
    silent: Arm = msgspec.structs.replace(
        arm_of(), samples=Samples(at_s=(0.0,), commands=("balance",), response_ms=(None,))
    )
    assert exported(name, run_of(silent))


def test_one_arm_can_be_taken_out_of_a_run(run: Run) -> None:
    assert exported("bmf", only(run, "phase-0")).keys() == {"phase-0"}
    with pytest.raises(RunError, match="no arm 'phase-9': the run has phase-0, phase-6; name one of them"):
        only(run, "phase-9")
