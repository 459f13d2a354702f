import re
from pathlib import Path

import msgspec
import pytest

from reports.scrape import Scrape, parse
from reports.top import Frame, Timing, frame_of
from reports.top_view import document

BEFORE = """
pulse_build_info{version="1.2",python="3.11",phase="6"} 1
pulse_start_time_seconds 1000
pulse_messages_total{what="accepted"} 10
pulse_messages_total{what="duplicate"} 5
pulse_reads_asked_total{namespace="price"} 10
pulse_reads_total{namespace="price",result="hit"} 1
pulse_response_seconds_bucket{command="help",le="1"} 4
pulse_response_seconds_bucket{command="help",le="2"} 4
pulse_response_seconds_bucket{command="help",le="+Inf"} 4
pulse_response_seconds_count{command="help"} 4
pulse_store_round_trips_total{connection="apart"} 1
"""
NOW = """
pulse_build_info{version="1.2",python="3.11",phase="6"} 1
pulse_start_time_seconds 1000
pulse_messages_total{what="accepted"} 30
pulse_messages_total{what="duplicate"} 5
pulse_command_errors_total{command="send"} 1
pulse_command_troubles_total{reason="flash-busy"} 1
pulse_reads_asked_total{namespace="price"} 20
pulse_reads_asked_total{namespace="rate"} 10
pulse_reads_total{namespace="price",result="hit"} 9
pulse_reads_total{namespace="rate",result="miss"} 10
pulse_response_seconds_bucket{command="help",le="1"} 4
pulse_response_seconds_bucket{command="help",le="2"} 14
pulse_response_seconds_bucket{command="help",le="+Inf"} 14
pulse_response_seconds_count{command="help"} 14
pulse_response_seconds_count{command="link"} 0
pulse_upstream_calls_total{operation="me"} 20
pulse_upstream_outcomes_total{operation="me",outcome="not_sent"} 1
pulse_upstream_outcomes_total{operation="me",outcome="no_answer"} 3
pulse_upstream_outcomes_total{operation="me",outcome="answered"} 16
pulse_store_round_trips_total{connection="apart"} 1000
pulse_store_round_trips_total{connection="pooled"} 40
pulse_cpu_seconds_total 5
pulse_queue_messages{state="waiting"} 7
pulse_queue_messages{state="active"} 3
pulse_outbox_queued 2
pulse_breaker_state{breaker="flash",state="closed"} 0
pulse_breaker_state{breaker="flash",state="open"} 1
pulse_resident_memory_bytes 80500000
pulse_open_fds 20
pulse_tasks 30
pulse_payment_alarms_total 1
pulse_switch_users_ratio{item="1.1",phase="1"} 1
pulse_switch_users_ratio{item="1.3",phase="1"} 0.25
pulse_switch_users_ratio{item="3.1",phase="3"} 0
"""


@pytest.fixture(scope="module")
def frame() -> Frame:
    return frame_of(parse(BEFORE), parse(NOW), 10.0)


def test_rates_are_of_the_interval(frame: Frame) -> None:
    assert (frame.messages_per_s, frame.errors_per_s) == (2.0, 0.2)
    assert (frame.upstream_per_s, frame.upstream_failed_per_s) == (2.0, 0.4)
    assert frame.cpu_share == 0.5


def test_housekeeping_of_the_store_is_left_out(frame: Frame) -> None:
    assert frame.store_per_s == 4.0


def test_response_times_are_of_the_commands_answered_in_the_interval(frame: Frame) -> None:
    [one] = frame.commands
    assert (one.command, one.per_s, one.response) == ("help", 1.0, Timing(10, 1500.0, 1990.0))


def test_hit_rates_are_of_the_interval(frame: Frame) -> None:
    assert [(one.namespace, one.hit_rate) for one in frame.namespaces] == [("price", 0.8), ("rate", 0.0)]
    assert frame.hit_rate == 0.4


def test_gauges_are_as_they_are_now(frame: Frame) -> None:
    assert (frame.messages_waiting, frame.messages_active, frame.outbox_queued) == (7, 3, 2)
    assert (frame.rss_mb, frame.open_fds, frame.tasks) == (80.5, 20, 30)
    assert frame.breakers == {"flash": "open"}
    assert frame.switches == {"1.1": 1.0, "1.3": 0.25, "3.1": 0.0}


def test_another_process_begins_anew() -> None:
    later = frame_of(parse(NOW.replace("seconds 1000", "seconds 900")), parse(NOW), 10.0)
    assert later.messages_per_s == 3.0


def test_a_service_that_has_done_nothing_has_figures_too() -> None:
    frame = frame_of(Scrape(), Scrape(), 0.0)
    assert (frame.hit_rate, frame.commands, frame.loop_lag) == (None, (), Timing(0, None, None))
    assert document(frame).title.startswith("pulse ")


def test_a_frame_survives_json(frame: Frame) -> None:
    assert msgspec.json.decode(msgspec.json.encode(frame), type=Frame) == frame


def test_the_page_says_what_matters(frame: Frame) -> None:
    page = document(frame)
    words = " ".join([*page.lines, *page.notes])
    for word in ("waiting 7", "flash open", "hit rate 40.0 %", "PAYMENT ALARMS: 1", "1.1, 1.3 for 25 %"):
        assert word in words
    assert "3.1" not in words
    cells = {cell.text for grid in page.grids for row in grid.rows for cell in row}
    assert {"help", "1500.0", "1990.0", "price", "80.0 %"} <= cells


def test_every_series_of_the_page_is_one_that_a_service_has() -> None:
    root = Path(__file__).parents[2]
    listed = "".join(
        path.read_text() for path in (*root.glob("service/observe/*.py"), *root.glob("service/wiring/*.py"))
    )
    named = set(re.findall(r'"(pulse_\w+)"', (root / "reports/top.py").read_text()))
    assert len(named) > 15
    assert {name for name in named if f'"{name.removesuffix("_count")}"' not in listed} == set()
