"""What a report is about, its headline, and what it says is missing."""

import msgspec
import pytest

from reports.html.contents import of_ablation, of_run, sections
from reports.html.headline import cards, headline, missing, title
from reports.html.subject import merge
from reports.model import Arm, Run
from tests.reports.html_kit import ablation, arm, full_run, run_of

BEFORE, AFTER = arm("phase-0"), arm("phase-6", 0.5)


def with_metrics(of: Arm, **figures: float | None) -> Arm:
    return msgspec.structs.replace(of, metrics=msgspec.structs.replace(of.metrics, **figures))


def bare(of: Arm) -> Arm:
    unmeasured: dict[str, None] = dict.fromkeys(("rss_mb_settled", "rss_mb_peak", "cpu_ms_per_message"))
    return msgspec.structs.replace(with_metrics(of, **unmeasured), samples=None, timeline=None)


def test_runs_of_one_trace_are_one_with_the_phases_in_order() -> None:
    (run,) = merge([run_of(BEFORE, AFTER), run_of(BEFORE, arm("phase-3", 0.6))])
    assert [one.name for one in run.arms] == ["phase-0", "phase-3", "phase-6"]


def test_runs_of_other_traces_stay_apart() -> None:
    assert len(merge([run_of(BEFORE), run_of(BEFORE, digest="another")])) == 2


def test_an_arm_measured_twice_is_shown_once_though_its_process_differs() -> None:
    (run,) = merge([run_of(BEFORE), run_of(with_metrics(BEFORE, rss_mb_settled=99.0))])
    assert [one.metrics.rss_mb_settled for one in run.arms] == [70.0]


def test_an_arm_that_another_commit_changed_is_named_with_it() -> None:
    slower = with_metrics(AFTER, response_ms_mean=1500.0)
    (run,) = merge([run_of(BEFORE, AFTER), run_of(BEFORE, slower, commit="0123456789ab+")])
    assert [one.name for one in run.arms] == ["phase-0", "phase-6", "phase-6 @0123456+"]


def test_arms_of_the_same_name_without_a_commit_are_numbered() -> None:
    others = [with_metrics(AFTER, response_ms_mean=ms) for ms in (1.0, 2.0)]
    (run,) = merge([run_of(AFTER), *(run_of(other) for other in others)])
    assert [one.name for one in run.arms] == ["phase-6", "phase-6 @2", "phase-6 @3"]


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ((BEFORE, AFTER), "Phase 6 takes 50.0 % less time to answer than phase 0"),
        ((AFTER, BEFORE), "Phase 0 takes 100.0 % more time to answer than phase 6"),
        ((BEFORE, with_metrics(AFTER, response_ms_mean=2005.0)), "Phase 6 answers as fast as phase 0"),
        ((AFTER,), "Phase 6 answers in 1,002.5 ms on average"),
    ],
)
def test_the_title_says_what_became_of_the_response_time(arms: tuple[Arm, ...], expected: str) -> None:
    assert title(run_of(*arms)) == expected


def test_the_headline_says_what_changed_by_how_much_beside_which_limit() -> None:
    said = dict(line.split(": ", 1) for line in headline(run_of(BEFORE, AFTER)))
    assert said["Response time mean"] == (
        "1,002.5 ms, 50.0 % better (phase 0: 2,005.0 ms). Calls that change something, which no cache can save, take "
        "120.0 ms; the roadmap's < 200 ms is missed by 802.5 ms."
    )
    assert said["Cache hit rate"] == (
        "75.0 %, 25.0 points better (phase 0: 50.0 %). The best possible on this trace is 90.0 %; the roadmap's > 80 % "
        "is missed by 5.0 points."
    )
    assert said["RSS settled"] == "70.0 MB, the same (phase 0: 70.0 MB). The roadmap's < 200 MB is met."
    assert said["CPU per message"] == "1.500 ms, 50.0 % less in this run (phase 0: 3.000 ms)."


def test_what_was_not_measured_is_in_no_headline_and_no_card() -> None:
    run = run_of(bare(BEFORE), bare(AFTER))
    assert not any("CPU" in line or "RSS" in line for line in headline(run))
    assert [card.title for card in cards(run)] == [
        *("Response time mean", "Response time p99", "Cache hit rate"),
        *("Upstream calls per message", "Redis round trips per message"),
    ]


def test_a_card_marks_first_arm_limit_and_target_on_its_scale() -> None:
    hit_rate = cards(run_of(BEFORE, AFTER))[2]
    assert hit_rate.places == {"last": 0.75, "base": 0.5, "target": 0.8, "limit": 0.9}
    assert hit_rate.facts == ("phase 0: 50.0 %", "limit: 90.0 %", "roadmap: > 80 %, missed")


def test_one_process_is_called_neither_better_nor_worse() -> None:
    found = {card.title: card for card in cards(run_of(BEFORE, AFTER))}
    assert (found["CPU per message"].tone, found["CPU per message"].change) == ("plain", "50.0 % less")


def in_real_time(*arms: Arm, notes: tuple[str, ...] = ()) -> Run:
    run = run_of(*arms)
    real = msgspec.structs.replace(run.conditions, clock="real")
    return msgspec.structs.replace(run, conditions=real, notes=notes)


def test_in_real_time_nothing_is_called_better_or_worse() -> None:
    run = in_real_time(BEFORE, AFTER)
    assert title(run) == "Phase 6 takes 50.0 % less time to answer than phase 0 in this run"
    assert headline(run)[0].startswith("Response time mean: 1,002.5 ms, 50.0 % less in this run (phase 0: 2,005.0 ms).")
    changes = [(row[3].text, row[3].tone) for row in of_run(run, {}).facts[0].rows]
    assert changes[0] == ("-50.0 %", "plain")
    assert {card.tone for card in cards(run)} == {"plain"}


def test_in_real_time_pairs_of_messages_are_the_evidence() -> None:
    pairs = {f"response_ms_paired{end}": value for end, value in (("", -9.5), ("_low", -11.0), ("_high", -8.0))}
    after = msgspec.structs.replace(AFTER, measures={**pairs, "response_ms_paired_coverage": 0.97})
    assert headline(in_real_time(BEFORE, after))[-1] == (
        "The same messages, one by one: phase 6 takes 9.50 ms less (median); "
        "with 97 % confidence the difference is -11.00 to -8.00 ms."
    )


def test_in_real_time_there_are_no_limits() -> None:
    assert missing(in_real_time(BEFORE, AFTER))[-1].startswith("Limits, and the best possible hit rates:")


def test_in_real_time_doubts_withhold_the_verdict() -> None:
    section = of_run(in_real_time(BEFORE, AFTER, notes=("the generator was late",)), {})
    assert section.alarm == "NO VERDICT: the generator was late."


def test_whatever_else_was_measured_is_in_the_details() -> None:
    after = msgspec.structs.replace(AFTER, measures={"goodput_per_s": 41.5})
    (further,) = of_run(run_of(BEFORE, after), {}).details
    assert [[cell.text for cell in row] for row in further.rows] == [["Replies in time at overload, /s", "-", "41.5"]]


def test_what_is_not_there_is_said() -> None:
    assert [line.partition(":")[0] for line in missing(run_of(bare(BEFORE), bare(AFTER)))] == [
        *("Memory and CPU", "Percentiles and distribution", "Over time", "Step by step"),
        "Sockets, loop lag and capacity",
    ]


def test_a_whole_report_misses_only_what_virtual_time_has_not() -> None:
    section, claims = sections([full_run()], [ablation()])
    assert [line.partition(":")[0] for line in section.missing] == ["Sockets, loop lag and capacity", "Trends"]
    assert claims.missing == ()


def test_without_an_ablation_the_report_says_how_to_get_the_claims() -> None:
    assert "pulse bench --ablate" in sections([full_run()])[-1].missing[-1]


def test_claims_that_can_be_measured_are_counted() -> None:
    section = of_ablation(ablation())
    assert section.title == "1 of 2 claims that can be measured are confirmed"
    assert section.facts[0].rows[0][1].text == "20 % faster"


def test_no_chart_stands_alone_in_a_row_of_two() -> None:
    charts = of_run(full_run(), {}).charts
    assert sum(not chart.wide for chart in charts) % 2 == 0
