"""Runs that are kept, and refused where they are of something else."""

from pathlib import Path

import msgspec
import pytest

from profiles.gating.baselines import Baseline, BaselineError, Baselines, load_baseline, measure_baseline, mismatches
from profiles.gating.exact import Plan
from profiles.gating.protocol import Traffic
from tests.profiles.gate_kit import an_arm, fake_checkout, fake_files, some_traffic

PLAN = Plan(phase=1, minutes=0.5)


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return some_traffic()


@pytest.fixture
def baseline(tmp_path: Path, traffic: Traffic) -> Baseline:
    return measure_baseline(fake_checkout(tmp_path / "code", fake_files(traffic, an_arm())), PLAN)


def test_a_baseline_comes_back_as_it_was_saved(tmp_path: Path, baseline: Baseline) -> None:
    kept = Baselines(tmp_path / "kept")
    file = kept.save("main", baseline)
    assert (kept.load("main"), load_baseline(file), kept.names()) == (baseline, baseline, ["main"])


def test_a_baseline_that_is_removed_is_gone(tmp_path: Path, baseline: Baseline) -> None:
    kept = Baselines(tmp_path / "kept")
    kept.save("main", baseline)
    kept.remove("main")
    with pytest.raises(BaselineError, match="none yet"):
        kept.load("main")


@pytest.mark.parametrize("name", ["", "../main", "a/b", ".hidden", "x" * 65])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BaselineError, match="no name for a baseline"):
        Baselines(tmp_path).load(name)


@pytest.mark.parametrize(("text", "word"), [("{", "no baseline"), ("{}", "no baseline"), (None, "No such file")])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str | None, word: str) -> None:
    file = tmp_path / "b.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BaselineError, match=word):
        load_baseline(file)


def test_another_schema_is_refused(tmp_path: Path, baseline: Baseline) -> None:
    later = msgspec.structs.replace(baseline, schema=2)
    with pytest.raises(BaselineError, match="schema 2"):
        load_baseline(Baselines(tmp_path).save("main", later))


def test_the_same_traffic_fits(baseline: Baseline, traffic: Traffic) -> None:
    assert list(mismatches(baseline, PLAN, traffic)) == []


@pytest.mark.parametrize("field", ["phase", "seed", "minutes", "workload", "changes"])
def test_another_plan_does_not_fit(baseline: Baseline, traffic: Traffic, field: str) -> None:
    other = {"phase": 2, "seed": 2, "minutes": 1.0, "workload": "quiet", "changes": "+1.1"}[field]
    plan = msgspec.structs.replace(PLAN, **{field: other})
    assert [field in reason for reason in mismatches(baseline, plan, traffic)] == [True]


def test_a_workload_that_was_changed_since_does_not_fit(baseline: Baseline, traffic: Traffic) -> None:
    slower = msgspec.structs.replace(traffic, tables=traffic.tables | {"redis": {"rtt_ms": 2.0}})
    fewer = msgspec.structs.replace(baseline.run.trace, digest="other")
    earlier = msgspec.structs.replace(baseline, run=msgspec.structs.replace(baseline.run, trace=fewer))
    assert [*mismatches(baseline, PLAN, slower), *mismatches(earlier, PLAN, traffic)] == [
        "the workload's upstream or store behaves differently now",
        "the workload has other messages now",
    ]
