"""The timeline of a virtual run: it adds up to the run's figures, and looking does not change them."""

from functools import cache

import msgspec
import pytest

from profiles.arms import phase_arm
from profiles.marks import INTERVALS, Mark, interval_ends
from profiles.timeline import timeline_of
from profiles.trace import draw
from profiles.virtual_run import Response, VirtualRun, run_arm
from profiles.workload import load_workload
from reports.model import Timeline


@cache
def ran() -> VirtualRun:
    workload = load_workload("quiet")
    return run_arm(phase_arm(3), workload, draw(workload, 1))


def timeline(run: VirtualRun) -> Timeline:
    found = timeline_of(run)
    assert found is not None
    return found


def per_interval(name: str) -> float:
    found = timeline(ran())
    return sum(value or 0.0 for value in found.series[name]) * found.at_s[0]


def test_the_axis_covers_the_traffic_in_equal_steps() -> None:
    workload = load_workload("quiet")
    at_s = timeline(ran()).at_s
    assert len(at_s) == INTERVALS
    assert at_s[-1] == pytest.approx(60 * draw(workload, 1).minutes)
    assert at_s[0] == pytest.approx(at_s[-1] / INTERVALS)


def test_a_later_start_moves_the_axis() -> None:
    ends_s = interval_ends(600.0, 1200.0)
    assert (ends_s[0], ends_s[-1]) == (610.0, 1200.0)


def test_every_message_is_in_one_interval() -> None:
    assert per_interval("messages_per_s") == pytest.approx(len(ran().responses))


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("upstream_calls_per_s", lambda: sum(ran().upstream_calls.values())),
        ("redis_round_trips_per_s", lambda: ran().redis_round_trips),
    ],
)
def test_rates_add_up_to_what_was_counted_until_the_last_message(name: str, counted: object) -> None:
    assert callable(counted)
    assert 0 < per_interval(name) <= counted() + 1e-6


def test_messages_in_hand_are_arrivals_times_their_time() -> None:
    """Little's law, but for what is answered after the end."""
    spent_s = sum((one.response_ms or 0.0) / 1000 for one in ran().responses)
    assert per_interval("in_hand_messages") == pytest.approx(spent_s, rel=0.02)


def marked(responses: list[Response], *marks: Mark) -> VirtualRun:
    return msgspec.structs.replace(ran(), responses=responses, marks=list(marks))


def test_the_figures_of_two_intervals() -> None:
    responses = [
        Response("a", 1.0, "balance", 400.0, []),
        Response("b", 2.0, "price", 200.0, []),
        Response("c", 11.0, "price", None, []),
    ]
    run = marked(responses, Mark(10.0, 1, 4, 3, 20, 0), Mark(20.0, 1, 4, 5, 30, 2))
    assert timeline(run).series == {
        "messages_per_s": (0.2, 0.1),
        "response_ms_p50": (200.0, None),
        "response_ms_p90": (400.0, None),
        "hit_rate": (0.25, None),
        "upstream_calls_per_s": (0.3, 0.2),
        "redis_round_trips_per_s": (2.0, 1.0),
        "in_hand_messages": (pytest.approx(0.06), pytest.approx(0.9)),
        "waiting_messages": (0.0, 2.0),
    }


def test_a_run_without_marks_has_no_timeline() -> None:
    assert timeline_of(marked([])) is None
