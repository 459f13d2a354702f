"""Real processes: two arms, one short round each, through the command line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from profiles.arms import phase_arm
from profiles.live.bench import LivePlan, run_live
from profiles.live.traffic import live_trace
from profiles.processes import ProcessError
from profiles.workload import load_workload

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def plan(serve: tuple[str, ...]) -> LivePlan:
    workload = load_workload("reference")
    workload = msgspec.structs.replace(workload, users=msgspec.structs.replace(workload.users, count=60))
    trace = live_trace(workload, 1, 10.0, 2.0)
    return LivePlan(arms=(phase_arm(6),), workload=workload, trace=trace, serve=serve, rounds=1)


def test_an_arm_is_measured_in_real_time() -> None:
    ticks = list[int]()
    run = run_live(plan((sys.executable, "-m", "pulse_cli", "serve")), ticks.append)
    (arm,) = run.arms
    assert arm.counters["answered"] == run.trace.messages == sum(ticks) > 0
    assert run.conditions.clock == "real"
    assert "Valkey" in run.conditions.versions["store"]
    assert arm.metrics.cpu_ms_per_message
    assert arm.metrics.upstream_calls_per_message > 0
    assert arm.metrics.rss_mb_settled is not None
    assert arm.metrics.response_ms_p99 > 20  # upstreams take their time


def test_a_bot_that_does_not_start_is_an_error_and_everything_is_ended() -> None:
    with pytest.raises(ProcessError, match="it said: cannot listen today"):
        run_live(plan((sys.executable, "-c", "raise SystemExit('cannot listen today')")))
