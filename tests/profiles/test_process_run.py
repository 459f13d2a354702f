"""The bot measured as a process, by a command that runs it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from profiles.arms import phase_arm
from profiles.process_run import measure_process
from profiles.processes import ProcessError
from profiles.trace import Trace, draw
from profiles.workload import load_workload

SERVE = (sys.executable, "-m", "pulse_cli", "serve")

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes find the packages wherever they are started."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Every process that a test has started is ended; those of other tests' fixtures live on."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def some_traffic() -> Trace:
    return draw(load_workload("quiet"), 1, 1.0)


def test_a_process_has_memory_and_uses_cpu() -> None:
    trace, ticks = some_traffic(), list[int]()
    figures = measure_process(phase_arm(3), trace, SERVE, ticks.append)
    assert 0 < figures.rss_mb_settled <= figures.rss_mb_peak
    assert figures.cpu_ms_per_message > 0
    assert figures.messages == sum(ticks) > 0


def test_a_bot_that_does_not_start_is_an_error_with_its_last_words() -> None:
    with pytest.raises(ProcessError, match="ended with code 1; it said: cannot listen today"):
        measure_process(phase_arm(0), some_traffic(), (sys.executable, "-c", "raise SystemExit('cannot listen today')"))
