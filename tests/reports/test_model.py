import math
from pathlib import Path

import msgspec
import pytest

from reports.model import Arm, Run, RunError, decode, dump, encode, load


def test_a_run_read_back_is_the_run_that_was_written(run: Run, tmp_path: Path) -> None:
    dump(run, tmp_path / "run.json")
    assert load(tmp_path / "run.json") == run


def test_the_json_has_the_agreed_shape(run: Run) -> None:
    written = msgspec.json.decode(encode(run))
    assert written["schema"] == 1
    assert {"digest", "seed", "messages"} <= written["trace"].keys()
    assert [arm["name"] for arm in written["arms"]] == ["phase-0", "phase-3"]
    assert {"name", "switches", "metrics", "limits"} <= written["arms"][0].keys()


def test_the_metrics_are_in_the_agreed_order(run: Run) -> None:
    assert list(msgspec.json.decode(encode(run))["arms"][0]["metrics"]) == [
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
    ]


def test_memory_and_cpu_may_be_missing(baseline: Arm, run: Run) -> None:
    unmeasured = msgspec.structs.replace(
        baseline.metrics, rss_mb_settled=None, rss_mb_peak=None, cpu_ms_per_message=None
    )
    without = msgspec.structs.replace(run, arms=(msgspec.structs.replace(baseline, metrics=unmeasured),))
    assert decode(encode(without)) == without


def test_a_field_of_a_later_version_is_ignored(run: Run) -> None:
    written = msgspec.json.decode(encode(run)) | {"weather": "fine"}
    assert decode(msgspec.json.encode(written)) == run


def test_another_schema_is_named(run: Run) -> None:
    with pytest.raises(RunError, match=r"cannot read old\.json: it has schema 2, and this version reads 1; measure"):
        decode(encode(msgspec.structs.replace(run, schema=2)), "old.json")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no json", "malformed"),
        (b"[]", r"Expected `object`, got `array`"),
        (b'{"schema": 1}', "missing required field `trace`"),
        (b'{"schema": 1, "trace": {"digest": "d", "seed": 1, "messages": 1}, "arms": []}', r"length >= 1"),
    ],
)
def test_what_is_no_run_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(RunError, match=f"cannot read the run: .*{why}"):
        decode(data)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot read .*absent\.json: No such file or directory; check the path"):
        load(tmp_path / "absent.json")


def test_a_place_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot write .*run\.json: No such file or directory; choose another"):
        dump(run, tmp_path / "absent" / "run.json")


@pytest.mark.parametrize("figure", [math.nan, math.inf, -1.0])
def test_a_figure_that_is_none_is_never_written(run: Run, figure: float, tmp_path: Path) -> None:
    arm = run.arms[0]
    wrong = msgspec.structs.replace(arm.metrics, response_ms_mean=figure)
    broken = msgspec.structs.replace(run, arms=(msgspec.structs.replace(arm, metrics=wrong),))
    with pytest.raises(RunError, match="response_ms_mean"):
        dump(broken, tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


def test_an_error_carries_its_facts() -> None:
    error = RunError("cannot read x", "it is empty", "measure again")
    assert (error.what, error.why, error.next_step) == ("cannot read x", "it is empty", "measure again")
