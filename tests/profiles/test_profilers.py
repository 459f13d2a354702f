"""The profilers on the bot's own process: what is planted is named, and nothing secret is written."""

import sys
from pathlib import Path

import pytest

from profiles.arms import phase_arm
from profiles.process_run import steady
from profiles.profilers.growth import rounds_of
from profiles.profilers.kinds import Ask, profile_leaks
from profiles.profilers.passes import Subject, Traffic, record
from profiles.profilers.readings import cpu_stacks, cpu_views
from profiles.trace import draw
from profiles.workload import load_workload
from tests.canaries import found_in

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes find the packages wherever they are started."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def traffic(messages: int, rounds: int = 1) -> Traffic:
    trace = draw(load_workload("reference"), 1, 10.0)
    arrivals = tuple(steady(trace)[: messages + 10])
    return Traffic(trace, 50.0, arrivals[:10], rounds_of(arrivals[10:], rounds))


def test_processor_time_is_shared_out_among_the_bots_lines(tmp_path: Path) -> None:
    recorded = record(Subject(phase_arm(6)), traffic(60), "cpu", tmp_path)
    views = cpu_views(cpu_stacks(tmp_path), 60)
    assert recorded.cpu_ms_per_message > 0
    assert recorded.upstream_calls
    assert any(share.name.startswith("service/") for share in views["sites"])
    assert not any("profilers" in share.name for share in views["functions"])
    assert not found_in((tmp_path / "cpu.json").read_text())


def test_a_planted_leak_is_named_and_nothing_else_is(tmp_path: Path) -> None:
    leaky = (sys.executable, str(Path(__file__).with_name("leaky_serve.py")), "serve")
    profile = profile_leaks(Ask(Subject(phase_arm(6), leaky), traffic(20, rounds=7), tmp_path))
    growing = {each.site.rpartition("/")[2].split(":")[0] for each in profile.growth if each.grows and each.site}
    assert growing == {"leaky_serve.py"}
