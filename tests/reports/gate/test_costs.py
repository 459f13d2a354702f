"""What commands cost, against the budget: exact, and compared only where both sides measured it."""

from pathlib import Path

import msgspec
import pytest

from profiles.gating.budgeting import load_budget
from reports.bench_view import document
from reports.gate.exact import findings, one_sided
from reports.gate.unheld import unheld
from reports.gate.waivers import waive
from reports.markdown import render
from reports.measures import figures_of, measure_named
from reports.model import Arm, CommandCosts, Run, decode, encode
from tests.reports.gate.kit import TODAY, budget, finding, limit, waiver

CALLS = limit("upstream_calls_per_message", 0.02, command="*", messages_at_least=100)
HITS = limit("hit_rate", 0.02, command="*", messages_at_least=100)


def costing(arm: Arm, calls: float = 1.0, hit_rate: float | None = 0.5, messages: int = 200) -> Arm:
    send = CommandCosts(
        messages=messages, upstream_calls_per_message=calls, redis_round_trips_per_message=9.0, hit_rate=hit_rate
    )
    return msgspec.structs.replace(arm, costs_by_command={"send": send})


@pytest.mark.parametrize(("calls", "failed"), [(1.0, False), (1.02, False), (1.021, True), (0.5, False)])
def test_one_call_more_in_50_messages_of_a_command_is_allowed_and_no_more(
    baseline: Arm, calls: float, failed: bool
) -> None:
    (one,) = findings(costing(baseline), costing(baseline, calls), budget(CALLS))
    assert (one.name, one.failed) == ("upstream_calls_per_message:send", failed)


def test_a_command_of_few_messages_is_not_judged(baseline: Arm) -> None:
    few = costing(baseline, messages=99)
    assert findings(few, costing(baseline, 3.0, messages=99), budget(CALLS)) == ()


def test_costs_that_the_base_does_not_measure_neither_fail_nor_are_hidden(baseline: Arm) -> None:
    head = costing(baseline, 9.0)
    assert findings(baseline, head, budget(CALLS, HITS)) == ()
    (said,) = one_sided(baseline, head)
    assert said.startswith("base does not measure hit_rate, upstream_calls_per_message, ")
    assert said.endswith("by command: these were not compared")


def test_costs_that_head_does_not_measure_any_more_have_failed(baseline: Arm) -> None:
    found = findings(costing(baseline), baseline, budget(CALLS, HITS))
    assert [(one.name, one.failed) for one in found] == [
        ("hit_rate:send", True),
        ("upstream_calls_per_message:send", True),
    ]
    assert one_sided(costing(baseline), baseline) == ()


def test_a_hit_rate_that_only_one_side_has_is_said(baseline: Arm) -> None:
    base, head = costing(baseline), costing(baseline, hit_rate=None)
    assert findings(base, head, budget(HITS)) == ()
    assert one_sided(base, head) == ("only base has hit_rate of send",)


def test_a_hit_rate_that_neither_side_has_is_no_news(baseline: Arm) -> None:
    arm = costing(baseline, hit_rate=None)
    assert (findings(arm, arm, budget(HITS)), one_sided(arm, arm)) == ((), ())


def test_a_waiver_may_be_for_the_calls_of_one_command(baseline: Arm) -> None:
    found = findings(costing(baseline), costing(baseline, 1.1), budget(CALLS))
    accepted = waiver(0.2, metric="upstream_calls_per_message", command="send")
    [one], [state] = waive(found, [accepted], TODAY)
    assert (one.waived, one.failed, state.name) == (True, False, "upstream_calls_per_message:send")


def test_a_waiver_rests_where_no_command_of_its_metric_was_compared(baseline: Arm) -> None:
    found = findings(baseline, costing(baseline, 1.1), budget(CALLS, limit("upstream_calls_per_message", 0.02)))
    _, [state] = waive(found, [waiver(0.2, metric="upstream_calls_per_message", command="send")], TODAY)
    assert (state.state, state.failed) == ("not measured", False)


@pytest.mark.parametrize("metric", ["upstream_calls_per_message", "redis_round_trips_per_message", "hit_rate"])
def test_the_shipped_budget_limits_the_costs_of_every_command(metric: str) -> None:
    found = load_budget(Path(__file__) / "nowhere").limit(metric, command="send")
    assert found is not None
    assert (found.command, found.messages_at_least) == ("*", 100)


def test_costs_are_figures_of_an_arm_with_the_names_of_their_metrics(baseline: Arm) -> None:
    assert figures_of(costing(baseline, 1.5))["upstream_calls_per_message:send"] == 1.5
    assert measure_named("hit_rate:send").title == "Cache hit rate of send"
    assert measure_named("hit_rate:send").better == "higher"


def test_a_report_shows_them(run: Run, baseline: Arm) -> None:
    text = render(document(msgspec.structs.replace(run, arms=(costing(baseline, 1.234),))))
    assert "| send | 200 | 1.234 | 9.000 | 50.0 |" in text
    assert "for is one for each of them" in text


def test_a_run_from_before_is_read_as_one_without_costs(run: Run, baseline: Arm) -> None:
    tree = msgspec.json.decode(encode(msgspec.structs.replace(run, arms=(costing(baseline),))))
    del tree["arms"][0]["costs_by_command"]
    assert decode(msgspec.json.encode(tree)).arms[0].costs_by_command == {}


def test_limits_that_nothing_was_held_against_are_named_by_kind() -> None:
    limits = (
        limit("response_ms_mean", 0.02),
        limit("response_ms_mean", "2 %", kind="timed"),
        limit("hit_rate", 0.02, command="*"),
        limit("cpu_ms_per_message", "2 %"),
        limit("rss_mb_settled", "2 %", phase=3),
    )
    timed, exact = unheld(budget(*limits), [finding()], phase=6)
    assert timed.endswith("without --timed, and so not judged: response_ms_mean, cpu_ms_per_message")
    assert exact.endswith("and so not judged: hit_rate:*")


def test_where_everything_was_judged_nothing_is_said() -> None:
    assert list(unheld(budget(limit("response_ms_mean", 0.02)), [finding()])) == []
