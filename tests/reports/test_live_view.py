"""What the reports of real time say."""

import msgspec

from reports.fidelity import fidelity, fidelity_document
from reports.live_view import live_document
from reports.model import Arm, Conditions, Limits, Metrics, Run, Trace

METRICS = Metrics(
    response_ms_mean=500.0,
    response_ms_p50=400.0,
    response_ms_p90=900.0,
    response_ms_p99=1_500.0,
    hit_rate=0.4,
    rss_mb_settled=80.0,
    rss_mb_peak=82.0,
    upstream_calls_per_message=1.5,
    redis_round_trips_per_message=12.0,
    cpu_ms_per_message=5.0,
)


def arm(name: str, measures: dict[str, float] | None = None, unanswered: int = 0, **changes: float) -> Arm:
    return Arm(
        name=name,
        switches=("6.1",),
        metrics=msgspec.structs.replace(METRICS, **changes),
        counters={"rounds": 2, "unanswered": unanswered},
        measures={"generator_late_ms_p99": 1.25, "generator_cpu_share": 0.06, **(measures or {})},
    )


def run(*arms: Arm, notes: tuple[str, ...] = ()) -> Run:
    trace = Trace(digest="ab" * 32, seed=1, messages=200, workload="reference", minutes=0.5)
    conditions = Conditions(python="3.11.7", platform="Linux x86_64", cores=2, clock="real")
    return Run(trace=trace, arms=arms, conditions=conditions, notes=notes, wall_s=60.0)


def test_the_clock_and_the_generator_are_named_first() -> None:
    clock, _, generator = live_document(run(arm("phase-0"))).lines
    assert clock.startswith("real time: 2 rounds of 200 messages in 30 s")
    assert generator == "generator: 99 % of the messages sent within 1.2 ms of their times, 6 % of a core"


def test_doubts_take_the_verdict_away() -> None:
    document = live_document(run(arm("phase-0"), notes=("round 1 (phase-0): the generator was late",)))
    assert "NO VERDICT: round 1 (phase-0): the generator was late" in document.lines


def test_differences_are_shown_and_never_coloured() -> None:
    document = live_document(run(arm("phase-0"), arm("phase-6", response_ms_mean=400.0, hit_rate=0.5)))
    rows = {row[0].text: row for row in document.grids[0].rows}
    assert [cell.text for cell in rows["Response time mean, ms"][1:]] == ["500.0", "400.0", "-20.0 %"]
    assert rows["Cache hit rate, %"][-1].text == "+10.0 pts"
    assert {cell.tone for row in document.grids[0].rows for cell in row} == {"plain"}


def test_the_paired_difference_has_its_interval() -> None:
    ends = {"": -90.0, "_low": -100.0, "_high": -80.0, "_coverage": 0.5}
    measures = {f"response_ms_paired{end}": value for end, value in ends.items()}
    document = live_document(run(arm("phase-0"), arm("phase-6", measures)))
    expected = "phase 6, response time of the same message: median -90.00 ms, between -100.00 and -80.00 ms with 50 %"
    assert any(note.startswith(expected) for note in document.notes)


def test_unanswered_messages_are_told() -> None:
    notes = live_document(run(arm("phase-0", unanswered=3))).notes
    assert notes[0].startswith("phase 0: 3 messages were never answered.")


def test_fidelity_is_relative_to_real_time_and_of_the_hit_rate_in_points() -> None:
    virtual, real = arm("phase-0", response_ms_mean=460.0, hit_rate=0.42), arm("phase-0")
    gaps = {gap.metric.key: gap for gap in fidelity(virtual, real)}
    assert gaps["response_ms_mean"].apart == -0.08
    assert gaps["response_ms_mean"].is_met
    assert round(gaps["hit_rate"].apart or 0, 6) == 0.02
    assert gaps["hit_rate"].is_met is False
    assert gaps["upstream_calls_per_message"].is_met is None


def test_nothing_is_a_share_of_zero() -> None:
    gaps = fidelity(arm("phase-0"), arm("phase-0", response_ms_p50=0.0))
    assert gaps[1].apart is None
    assert gaps[1].is_met is None


def test_both_clocks_stand_side_by_side() -> None:
    virtual = run(arm("phase-0", response_ms_mean=300.0))
    document = fidelity_document(virtual, run(arm("phase-0", unanswered=1)))
    assert [cell.text for cell in document.grids[0].rows[0]] == [
        "Response time mean, ms",
        "300.0",
        "500.0",
        "-40.0 %",
        "10 % missed",
    ]
    assert "phase 0: 1 messages were never answered in real time" in document.notes


def test_limits_stand_beside_the_figures_where_they_are_known() -> None:
    known = msgspec.structs.replace(arm("phase-6"), limits=Limits(hit_rate_best=0.5))
    document = live_document(run(arm("phase-0"), known))
    rows = {row[0].text: row for row in document.grids[0].rows}
    assert document.grids[0].columns[-1].title == "limit"
    assert (rows["Cache hit rate, %"][-1].text, rows["CPU per message, ms"][-1].text) == ("50.0 (x0.80)", "")
    assert any("phase 6 could beat" in note for note in document.notes)
