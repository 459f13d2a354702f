"""Item 4.1's claim, measured: a listener that waits reaches no reply with the bus, and many replies without it."""

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.trace import draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from profiles.workload_strain import SlowListener

SLOW = SlowListener(share=0.5, waits_s=10.0)


@pytest.fixture(scope="module")
def runs() -> dict[str, VirtualRun]:
    """Without the bus and with it beside a slow listener, and with it beside none."""
    quiet = load_workload("quiet")
    trace = draw(quiet, 1)
    arms = {"off": ("", SLOW), "on": ("+4.1", SLOW), "none": ("+4.1", SlowListener())}
    return {
        name: run_arm(phase_arm(3, changes), msgspec.structs.replace(quiet, listener=listener), trace)
        for name, (changes, listener) in arms.items()
    }


def times(run: VirtualRun) -> list[float | None]:
    return [one.response_ms for one in run.responses]


def test_without_the_bus_a_reply_waits_for_the_listener(runs: dict[str, VirtualRun]) -> None:
    assert max(time for time in times(runs["off"]) if time is not None) > 10_000


def test_with_the_bus_it_is_as_if_there_were_no_slow_listener(runs: dict[str, VirtualRun]) -> None:
    assert times(runs["on"]) == times(runs["none"])


def test_everything_is_answered_and_the_same_money_moves(runs: dict[str, VirtualRun]) -> None:
    assert None not in {time for run in runs.values() for time in times(run)}
    assert len({tuple(sorted(run.movements)) for run in runs.values()}) == 1
