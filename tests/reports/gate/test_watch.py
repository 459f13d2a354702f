"""What got worse over the kept runs, by the last changes in a row, its limit, and its waivers."""

from random import Random

import pytest

from reports.gate.watch import Watch, watchable, worsenings
from reports.gate.watch_view import document
from reports.history import Point
from reports.markdown import render
from reports.measures import measure_named
from reports.model import Arm
from reports.trend import Trend, trend_of
from tests.reports.gate.kit import TODAY, budget, limit, waiver

LIMITS = budget(limit("response_ms_mean", "1 %"), limit("cpu_ms_per_message", "2 %"))


def trend(values: list[float], key: str = "response_ms_mean") -> Trend:
    points = [
        Point(
            run=number,
            value=value,
            commit=f"{number:012x}",
            started_at=f"2026-01-{number % 28 + 1:02}T08:00:00Z",
            workload="reference",
            digest="3fa9c2",
            clock="virtual",
            python="3.11.7",
            processor="A processor",
            arm="phase-6",
            switches=(),
        )
        for number, value in enumerate(values, start=1)
    ]
    return trend_of(measure_named(key), points)


@pytest.mark.parametrize(
    ("values", "alarm"),
    [
        ([300, 300, 304, 304], True),
        ([300, 302, 302, 304], True),  # each step within the limit, both together not
        ([300, 302, 302], False),
        ([300, 310, 305, 306], False),  # better came in between: only the last step counts
        ([310, 300, 300], False),
        ([300, 300], False),
    ],
)
def test_the_last_steps_for_the_worse_are_judged_together(values: list[float], alarm: bool) -> None:
    found = worsenings([trend(values)], LIMITS, TODAY)
    assert any(one.is_alarm for one in found) is alarm


def test_a_worsening_names_its_commits_and_days() -> None:
    (one,) = worsenings([trend([300, 302, 302, 304])], LIMITS, TODAY)
    assert one.text == (
        "Response time mean got worse in run 2 of 000000000002 (2026-01-03), last in run 4 of 000000000004 "
        "(2026-01-05): +1.33 %, 1 % at most allowed"
    )


def test_a_figure_without_a_limit_is_not_watched() -> None:
    assert worsenings([trend([300, 400], "response_ms_p50")], LIMITS, TODAY) == ()


@pytest.mark.parametrize(("ceiling", "alarm"), [(0.05, False), (0.01, True)])
def test_a_waiver_holds_up_to_its_ceiling(ceiling: float, alarm: bool) -> None:
    accepted = budget(*LIMITS.limits, waivers=(waiver(ceiling),))
    (one,) = worsenings([trend([300, 304])], accepted, TODAY)
    assert (one.is_alarm, one.finding.waived) == (alarm, not alarm)


def test_of_a_figure_that_varies_only_what_is_confirmed_counts() -> None:
    dice = Random(1)
    level = [dice.gauss(2.0, 0.05) for _ in range(20)]
    slower = [dice.gauss(2.4, 0.05) for _ in range(20)]
    steady, stepped = trend(level, "cpu_ms_per_message"), trend(level + slower, "cpu_ms_per_message")
    assert worsenings([steady], LIMITS, TODAY) == ()
    (one,) = worsenings([stepped], LIMITS, TODAY)
    assert (one.is_alarm, one.finding.kind, one.since.run) == (True, "timed", 21)


def test_watched_are_the_figures_that_a_gate_would_judge(baseline: Arm) -> None:
    limits = budget(*LIMITS.limits, limit("hit_rate", 0.01, phase=3))
    assert watchable(baseline, limits, phase=6) == ["response_ms_mean", "cpu_ms_per_message"]


def test_the_page_says_what_happened() -> None:
    trends = (trend([300, 304]),)
    page = render(document(Watch(arm="phase-6", trends=trends, worse=worsenings(trends, LIMITS, TODAY))))
    assert "History watch: got worse" in page
    assert "| Response time mean, ms | run 2 of 000000000002 (2026-01-03) |" in page


def test_of_single_runs_nothing_can_be_said() -> None:
    watch = Watch(arm="phase-6", trends=(trend([300]),), worse=())
    assert (watch.is_blind, watch.is_alarm, document(watch).title) == (True, False, "History watch: nothing to compare")
