"""The search, and small versions of the traffic that the experiments drive the bot with."""

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.experiments.overload import goodput_per_s, highest
from profiles.trace import FLOOD, draw
from profiles.virtual_run import run_arm
from profiles.workload import load_workload
from profiles.workload_model import Workload
from profiles.workload_strain import Core


@pytest.mark.parametrize("limit", [8.0, 9.0, 58.0, 100.0, 1_000.0])
def test_the_search_finds_the_highest_rate_that_holds_to_a_sixteenth(limit: float) -> None:
    found = highest(lambda rate: rate <= limit)
    assert limit * 15 / 16 <= found <= limit


def test_nothing_holds_when_the_lowest_rate_does_not() -> None:
    assert highest(lambda _: False) == 0.0


def small(name: str, minutes: float, users: int = 60) -> Workload:
    """The same traffic for a core so slow that a few messages a second are too many."""
    workload = load_workload(name)
    return msgspec.structs.replace(
        workload,
        duration_minutes=minutes,
        users=msgspec.structs.replace(workload.users, count=users),
        core=Core(slowdown=80.0, concurrency=3),
    )


def test_a_flood_comes_on_top_of_the_same_messages_of_the_others() -> None:
    workload = small("flood", 1)
    calm = msgspec.structs.replace(workload, flood=msgspec.structs.replace(workload.flood, messages_per_s=0.0))
    flooded = draw(workload, 1).arrivals
    assert tuple(one for one in flooded if one.intent != FLOOD) == draw(calm, 1).arrivals
    flood = [one for one in flooded if one.intent == FLOOD]
    assert (len(flood), len({one.user for one in flood}), flood[0].at_s) == (3_000, 1, 30.0)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
def test_at_overload_the_queue_saves_replies_in_time_and_a_run_repeats_itself() -> None:
    workload = small("overload", 0.6, users=300)
    off, on, again = (goodput_per_s(phase_arm(3, change), workload, 25.0) for change in ("", "+5.1", "+5.1"))
    assert on == again
    assert on > 3 * off


def test_what_was_refused_is_delivered_again_and_answered_in_the_end() -> None:
    workload = small("overload", 0.2)
    workload = msgspec.structs.replace(
        workload, arrivals=msgspec.structs.replace(workload.arrivals, messages_per_s=10.0)
    )
    run = run_arm(phase_arm(3, "+5.1"), workload, draw(workload, 1))
    assert run.webhooks["503"] > 0
    assert sum(one.response_ms is None for one in run.responses) == 0
