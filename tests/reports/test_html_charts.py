"""What each chart shows, in figures, in words and as a table."""

import json
from typing import Any

import msgspec
import plotly.graph_objects as go
import pytest

from reports.document import Grid
from reports.html.chart import MAX_ARMS, Chart, plain, shown, styles, thin
from reports.html.claims import effects
from reports.html.contents import of_ablation, of_run
from reports.html.latency import distribution, percentiles
from reports.html.over_time import over_time
from reports.html.parts import commands, namespaces
from reports.html.phases import waterfalls
from reports.html.trends import trends
from reports.model import Arm, Timeline
from tests.reports.html_kit import ablation, arm, full_run, hostile_run, kept

BEFORE, AFTER = arm("phase-0"), arm("phase-6", 0.5)


def the(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


def rows(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in row] for row in grid.rows]


def curve(chart: Chart, name: str) -> dict[str, Any]:
    return next(one for one in chart.figure["data"] if one["name"] == name)


def bare(of: Arm) -> Arm:
    return msgspec.structs.replace(of, samples=None, timeline=None, hits_by_namespace={}, response_ms_by_command={})


def all_charts() -> list[Chart]:
    points = {"hit_rate": kept(0.5, 0.5, 0.7), "cpu_ms_per_message": kept(*[3.0, 3.1] * 5, *[4.0, 4.1] * 5)}
    return [*of_run(full_run(), points).charts, *of_ablation(ablation()).charts]


def test_a_whole_page_has_every_chart() -> None:
    assert [chart.key for chart in all_charts()] == [
        "percentiles",
        "timeline",
        "waterfall-response_ms_mean",
        "waterfall-hit_rate",
        "waterfall-rss_mb_settled",
        "waterfall-upstream_calls_per_message",
        "waterfall-redis_round_trips_per_message",
        "waterfall-cpu_ms_per_message",
        "commands",
        "namespaces",
        "distribution",
        "trend-hit_rate",
        "trend-cpu_ms_per_message",
        "effects",
    ]


@pytest.mark.parametrize("chart", [*all_charts(), *of_run(hostile_run(), {}).charts], ids=lambda chart: chart.key)
def test_a_figure_has_only_what_plotly_knows(chart: Chart) -> None:
    """The library's own validators, in strict order; colours by name are the page's affair."""
    text = json.dumps(chart.figure)
    for name in ("last", "base", "good", "bad", "limit", "target", "grid", "between", "ink", "muted", "paper", "shade"):
        text = text.replace(f'"@{name}"', '"#123456"')
    for number in range(1, MAX_ARMS):
        text = text.replace(f'"@arm{number}"', '"#123456"')
    assert go.Figure(json.loads(text)).to_plotly_json()["data"]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.key)
def test_a_chart_has_words_and_a_table_with_its_figures(chart: Chart) -> None:
    assert chart.words
    assert chart.table.rows
    assert {len(row) for row in chart.table.rows} == {len(chart.table.columns)}


def test_percentiles_stand_at_one_over_what_is_slower() -> None:
    line = curve(the(percentiles([BEFORE, AFTER])), "phase 6")
    at = dict(zip(line["text"], zip(line["x"], line["y"], strict=True), strict=True))
    assert at["p90"] == (10.0, 1800.0)
    assert at["slowest"] == (400.0, 2000.0)


def test_messages_without_an_answer_are_the_slowest() -> None:
    chart = the(percentiles([BEFORE, arm("phase-6", 0.5, unanswered=8)]))
    assert "Never answered, and counted as slower than all others: 8 of phase 6." in chart.words
    assert rows(chart.table)[-2:] == [["p99", "3,960.0", "never answered"], ["slowest", "4,000.0", "never answered"]]


def test_the_distribution_ends_below_one_where_messages_were_not_answered() -> None:
    chart = the(distribution([arm("phase-6", 0.5, unanswered=40)]))
    assert curve(chart, "phase 6")["y"][-1] == 0.9
    assert rows(chart.table)[4] == ["200 ms", "10.00"]


def test_the_heaviest_command_comes_first() -> None:
    chart = the(commands([BEFORE, AFTER]))
    assert chart.figure["layout"]["yaxis"]["categoryarray"] == ["balance", "price"]
    assert "Most was saved on price: 2,005.0 to 1,002.5 ms." in chart.words


def test_hit_rates_stand_beside_the_best_possible() -> None:
    chart = the(namespaces([BEFORE, AFTER]))
    assert curve(chart, "phase 6")["x"] == [0.75, 0.75]
    assert curve(chart, "best possible for phase 6")["x"] == [0.9, 0.9]
    assert chart.words == (
        "Phase 6: 75.0 % of 90.0 % possible in all. "
        "Most is left in price: 15 reads that an ideal cache would have answered."
    )
    assert rows(chart.table)[0][:4] == ["price", "50.0", "75.0", "90.0"]


def test_every_series_that_is_ever_something_has_a_panel() -> None:
    chart = the(over_time([BEFORE, AFTER]))
    titles = [axis["title"]["text"] for key, axis in chart.figure["layout"].items() if key.startswith("yaxis")]
    assert titles == ["messages<br>/s", "response p50<br>ms", "hit rate<br>%", "depth of snow<br>MB"]
    assert "Phase 6 was slowest around 3 min: median 350 ms." in chart.words


@pytest.mark.parametrize(("end_s", "unit"), [(60.0, "s"), (600.0, "min"), (86_400.0, "h")])
def test_the_axis_has_a_unit_that_fits(end_s: float, unit: str) -> None:
    lasting = msgspec.structs.replace(AFTER, timeline=Timeline(at_s=(end_s,), series={"rss_mb": (70.0,)}))
    assert the(over_time([lasting])).figure["layout"]["xaxis"]["title"] == {"text": f"{unit} from the start"}


def test_the_extremes_of_a_series_are_in_the_table() -> None:
    assert rows(the(over_time([BEFORE, AFTER])).table)[2] == [
        *("Response p50, ms", "phase 6", "200.0", "6.7", "350.0", "3.3", "200.0")
    ]


def test_a_waterfall_has_the_step_of_each_arm() -> None:
    chart = waterfalls([BEFORE, arm("phase-3", 0.6), AFTER])[0]
    (bars,) = chart.figure["data"]
    assert bars["y"] == [2005.0, -802.0, -200.5, None]
    assert bars["text"] == ["2,005.0", "-802.0", "-200.5", "1,002.5"]
    assert chart.words == "From 2,005.0 to 1,002.5 ms; phase 3 contributed most, 802.0 ms."


def test_where_more_is_better_an_increase_is_good() -> None:
    found = {chart.key: chart.figure["data"][0] for chart in waterfalls([BEFORE, arm("phase-3", 0.6), AFTER])}
    assert found["waterfall-hit_rate"]["increasing"] == {"marker": {"color": "@good"}}
    assert found["waterfall-response_ms_mean"]["increasing"] == {"marker": {"color": "@bad"}}


def test_two_arms_have_no_waterfall() -> None:
    assert waterfalls([BEFORE, AFTER]) == []


def test_the_effects_of_items_are_shown_so_that_better_is_positive() -> None:
    chart = the(effects(ablation()))
    assert curve(chart, "in the phase")["x"] == [40.0, -10.0]
    assert curve(chart, "alone")["x"] == [0.0, 0.0]
    assert rows(chart.table)[1][3:] == ["-10.0 %", "+0.0 %"]


def test_every_change_of_an_exact_figure_is_marked() -> None:
    (chart,) = trends(AFTER, {"hit_rate": kept(0.5, 0.5, 0.7, 0.6)})
    assert curve(chart, "better from here")["x"] == [2]
    assert curve(chart, "worse from here")["x"] == [3]
    assert (
        chart.words
        == "4 kept runs of phase 6, 2 changes of level; the last one worse, at run #4 0000000: 70.0 to 60.0 %."
    )


def test_of_figures_that_vary_only_changes_of_level_are_marked() -> None:
    (chart,) = trends(AFTER, {"cpu_ms_per_message": kept(*[3.0, 3.1] * 6, *[4.0, 4.1] * 6)})
    assert [one["x"] for one in chart.figure["data"][1:]] == [[12]]


def test_runs_of_another_kind_are_not_on_the_line() -> None:
    assert trends(AFTER, {"hit_rate": (*kept(0.5, clock="real"), *kept(0.7))}) == []


@pytest.mark.parametrize("chart", [percentiles, distribution, over_time, commands, namespaces])
def test_a_chart_without_data_is_left_out(chart: Any) -> None:
    assert chart([bare(BEFORE), bare(AFTER)]) is None


def test_no_two_arms_look_the_same() -> None:
    looks = styles(MAX_ARMS)
    assert len({(look.dash, look.symbol) for look in looks}) == len({look.colour for look in looks}) == MAX_ARMS


def test_of_too_many_arms_the_first_and_the_last_are_shown() -> None:
    arms = [arm(f"phase-{number}") for number in range(12)]
    assert [one.name for one in shown(arms)] == ["phase-0", *(f"phase-{number}" for number in range(5, 12))]


def test_thinned_samples_keep_their_ends() -> None:
    ranks = thin(range(5000), 10)
    assert (ranks[0], ranks[-1], len(ranks)) == (1, 5000, 11)


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    assert plain("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
