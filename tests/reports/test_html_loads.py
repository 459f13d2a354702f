"""The sections of load runs and capacities."""

import msgspec
import pytest

from reports.html.loads import of_capacity, of_load
from reports.load import LoadRun
from tests.reports.load_kit import capacity_found, load_run


def test_a_load_run_is_shown_over_time_with_its_memory() -> None:
    section = of_load(load_run())
    timeline, memory = section.charts
    assert section.title == "Phase 6 under soak:1/10s crossed a limit"
    assert [curve["y"] for curve in timeline.figure["data"]][-1] == [70.0, 70.0, 90.0, 90.0, 80.0]
    assert memory.figure["data"][0]["x"] == [1, 5, 10]
    assert memory.figure["layout"]["shapes"][0]["x0"] == 2


def test_what_was_never_answered_is_a_gap_and_counted() -> None:
    timeline = of_load(load_run(unanswered=3)).charts[0]
    curves = {
        curve["hovertemplate"].partition("(")[2].partition(")")[0]: curve["y"] for curve in timeline.figure["data"]
    }
    assert curves["response p99"][:2] == [None, None]
    assert curves["unanswered"] == [2.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"outcome": None}, "Phase 6 under soak:1/10s"),
        ({"refused": "late"}, "Phase 6 under soak:1/10s has no verdict"),
        ({"target": "http://127.0.0.1:1", "outcome": None}, "http://127.0.0.1:1 under soak:1/10s"),
    ],
)
def test_the_title_has_the_verdict_where_there_is_one(changes: dict[str, object], title: str) -> None:
    assert of_load(msgspec.structs.replace(load_run(), **changes)).title == title


def test_a_bot_whose_memory_is_not_seen_has_no_chart_of_it() -> None:
    run: LoadRun = msgspec.structs.replace(load_run(), rss=None, growth=None, bot=None)
    section = of_load(run)
    assert [chart.key for chart in section.charts] == ["timeline"]
    assert "Memory" in section.missing[0]


def test_a_capacity_shows_every_trial_beside_the_limit() -> None:
    section = of_capacity(capacity_found())
    assert section.title == "Phase 6 holds 20.0 messages/s"
    times, errors = section.charts
    assert [curve["name"] for curve in times.figure["data"]] == ["limit", "holds", "fails"]
    assert times.figure["data"][1]["x"] == [10.0, 20.0]
    assert "1 of them are not drawn" in times.words
    assert len(times.table.rows) == 4
    assert times.figure["layout"]["xaxis"]["tickvals"] == [10.0, 20.0, 40.0]
    assert errors.figure["data"][-1]["name"] == "not judged"


def test_errors_that_never_were_need_no_chart() -> None:
    found = capacity_found()
    answered = msgspec.structs.replace(found, trials=tuple(one for one in found.trials if one.rate < 40))
    assert [chart.key for chart in of_capacity(answered).charts] == ["trials-0"]
