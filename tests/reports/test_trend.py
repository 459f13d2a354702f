"""A figure over the kept runs."""

from random import Random

import msgspec
import pytest

from reports.history import Point
from reports.markdown import render
from reports.measures import measure_named
from reports.trend import Trend, trend_of
from reports.trend_view import document, overview, sparkline

EXACT, TIMED = measure_named("response_ms_mean"), measure_named("cpu_ms_per_message")


def points(values: list[float], *, digest: str = "3fa9c2", clock: str = "virtual") -> list[Point]:
    return [
        msgspec.convert(
            {
                "run": number,
                "value": value,
                "commit": f"{number:012x}",
                "started_at": f"2026-01-05T08:{number % 60:02}:00Z",
                "workload": "reference",
                "digest": digest,
                "clock": clock,
                "python": "3.11.7",
                "processor": "A processor",
                "arm": "phase-6",
                "switches": [],
            },
            Point,
        )
        for number, value in enumerate(values, start=1)
    ]


def timed() -> Trend:
    dice = Random(1)
    return trend_of(TIMED, points([dice.gauss(2.0 + (place >= 20), 0.1) for place in range(40)]))


def test_every_difference_of_an_exact_figure_is_a_change() -> None:
    trend = trend_of(EXACT, points([300.0, 300.0, 299.9, 299.9]))
    assert [(one.index, one.before, one.after) for one in trend.changes] == [(2, 300.0, 299.9)]
    assert trend.is_exact


def test_of_a_figure_that_varies_a_change_of_level_is() -> None:
    trend = timed()
    assert [(one.index, one.is_confirmed) for one in trend.changes] == [(20, True)]
    assert not trend.is_exact


def test_the_same_figure_is_judged_otherwise_in_real_time() -> None:
    assert trend_of(EXACT, points([300.0, 301.0, 299.0, 300.5], clock="real")).changes == ()


def test_what_cannot_be_compared_with_the_last_run_is_left_out_and_counted() -> None:
    trend = trend_of(EXACT, [*points([1.0, 2.0], digest="other"), *points([300.0, 300.0])])
    assert ([point.value for point in trend.points], trend.left_out, trend.changes) == ([300.0, 300.0], 2, ())
    assert "2 other runs were left out" in document(trend).notes[-1]


def test_no_points_are_no_trend() -> None:
    with pytest.raises(ValueError, match="no trend"):
        trend_of(EXACT, [])


@pytest.mark.parametrize(
    ("values", "line"), [([1.0, 2.0, 8.0, 4.5], "▁▂█▅"), ([3.0, 3.0], "▅▅"), ([0.0], "▅"), ([-1.0, 1.0], "▁█")]
)
def test_a_line_of_blocks_follows_the_values(values: list[float], line: str) -> None:
    assert sparkline(values) == line


def test_a_change_is_marked_below_its_block() -> None:
    lines = document(trend_of(EXACT, points([300.0, 300.0, 400.0, 400.0]))).lines
    assert lines[1:] == ("▁▁██", "  ^")


def test_of_a_long_series_the_end_is_drawn() -> None:
    lines = document(trend_of(EXACT, points([1.0] * 90 + [2.0] * 10))).lines
    assert (len(lines[1]), lines[2]) == (60, " " * 50 + "^")


def test_a_change_before_the_drawn_end_is_in_the_table_alone() -> None:
    page = document(trend_of(EXACT, points([1.0] * 5 + [2.0] * 95)))
    assert len(page.lines) == 2
    assert page.grids[0].title == "Changes"


def test_the_report_names_the_commit_where_it_changed() -> None:
    text = render(document(timed()))
    assert "## Trend: CPU per message of phase-6" in text
    assert "| 21 | 00000000 | 2026-01-05 08:21 |" in text
    assert "worse | p " in text
    assert "confirmed |" in text


def test_the_last_change_decides_whether_a_level_is_worse() -> None:
    worse, better, calm = (trend_of(EXACT, points(values)) for values in ([1.0, 2.0], [1.0, 2.0, 1.5], [1.0, 1.0]))
    assert [one.is_worse for one in (worse, better, calm)] == [True, False, False]
    assert calm.last_change is None


def test_what_one_method_alone_saw_makes_no_level_worse() -> None:
    trend = timed()
    unsure = [msgspec.structs.replace(one, is_confirmed=False) for one in trend.changes]
    doubted = msgspec.structs.replace(trend, changes=tuple(unsure))
    assert (trend.is_worse, doubted.is_worse) == (True, False)
    assert "by one method only" in render(document(doubted))
    assert document(doubted).lines[2].strip() == "?"


def test_an_overview_has_a_line_for_each_figure() -> None:
    text = render(overview([trend_of(EXACT, points([300.0, 300.0, 450.0])), timed()]))
    assert "## Trends of phase-6: 2 figures last changed for the worse" in text
    assert "| Response time mean, ms | ▁▁█ | 450.0 | 3 | 00000000 | +50.0 % worse |" in text


def test_memory_and_cpu_are_of_real_processes_whatever_the_clock() -> None:
    assert "real processes" in document(timed()).lines[0]
    assert "virtual time" in document(trend_of(EXACT, points([1.0]))).lines[0]


def test_a_series_without_changes_has_no_table_of_them() -> None:
    assert [grid.title for grid in document(trend_of(EXACT, points([1.0] * 3))).grids] == ["The last runs"]
