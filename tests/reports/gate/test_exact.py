from pathlib import Path

import msgspec
import pytest

from profiles.gating.budgeting import load_budget
from reports.gate.exact import findings
from reports.gate.model import Finding
from reports.model import Arm, Metrics
from reports.stats import Summary
from tests.reports.gate.kit import budget, limit

NOWHERE = Path(__file__) / "no checkout"


def with_metrics(arm: Arm, **changes: float) -> Arm:
    metrics: Metrics = msgspec.structs.replace(arm.metrics, **changes)
    return msgspec.structs.replace(arm, metrics=metrics)


def only(found: tuple[Finding, ...]) -> Finding:
    (one,) = found
    return one


@pytest.mark.parametrize(("head", "outcome", "failed"), [(499.0, "better", False), (500.0, "same", False)])
def test_what_is_not_worse_passes(baseline: Arm, head: float, outcome: str, failed: bool) -> None:
    one = only(findings(baseline, with_metrics(baseline, response_ms_mean=head), budget(limit(worse_by=0.0))))
    assert (one.outcome, one.failed) == (outcome, failed)


@pytest.mark.parametrize(
    ("worse_by", "head", "failed"), [("2 %", 510.0, False), ("2 %", 510.1, True), (5.0, 505.1, True)]
)
def test_a_change_beyond_its_limit_fails_and_one_on_it_does_not(
    baseline: Arm, worse_by: str | float, head: float, failed: bool
) -> None:
    one = only(findings(baseline, with_metrics(baseline, response_ms_mean=head), budget(limit(worse_by=worse_by))))
    assert (one.outcome, one.failed) == ("worse", failed)


def test_where_more_is_better_less_is_worse(baseline: Arm) -> None:
    head = with_metrics(baseline, hit_rate=0.39)
    one = only(findings(baseline, head, budget(limit("hit_rate", 0.002))))
    assert (one.failed, one.why) == (True, "-1.0 points, 0.002 at most allowed")


def test_the_last_digit_of_a_sum_is_no_change(baseline: Arm) -> None:
    head = with_metrics(baseline, response_ms_mean=500.0 * (1 + 1e-15))
    assert only(findings(baseline, head, budget(limit(worse_by=0.0)))).outcome == "same"


def test_without_a_limit_nothing_is_judged(baseline: Arm, candidate: Arm) -> None:
    assert findings(baseline, candidate, budget()) == ()


def test_figures_of_a_process_are_not_exact(baseline: Arm, candidate: Arm) -> None:
    assert findings(baseline, candidate, budget(limit("rss_mb_settled", "3 %"))) == ()


def test_a_limit_for_timed_figures_does_not_concern_exact_ones(baseline: Arm, candidate: Arm) -> None:
    assert findings(baseline, candidate, budget(limit(worse_by="1 %", kind="timed"))) == ()


def test_each_command_is_judged(baseline: Arm) -> None:
    slower = {"price": Summary(count=50, mean=600.0, p50=400.0, p90=900.0, p99=1900.0)}
    head = msgspec.structs.replace(baseline, response_ms_by_command=slower)
    found = findings(baseline, head, budget(limit(worse_by="5 %", command="*")))
    assert [(one.name, one.failed) for one in found] == [("response_ms_mean:price", True)]


def test_a_command_that_nobody_answers_any_more_fails(baseline: Arm) -> None:
    head = msgspec.structs.replace(baseline, response_ms_by_command={})
    one = only(findings(baseline, head, budget(limit(worse_by="5 %", command="*"))))
    assert (one.failed, one.head) == (True, None)


@pytest.mark.parametrize(("at_least", "count"), [(50, 1), (51, 0)])
def test_a_command_of_few_messages_is_not_judged(baseline: Arm, at_least: int, count: int) -> None:
    rules = budget(limit(worse_by="5 %", command="*", messages_at_least=at_least))
    assert len(findings(baseline, baseline, rules)) == count


def test_a_new_command_passes(baseline: Arm) -> None:
    base = msgspec.structs.replace(baseline, response_ms_by_command={})
    one = only(findings(base, baseline, budget(limit(worse_by="5 %", command="*"))))
    assert (one.failed, one.why) == (False, "new: base has none")


def test_messages_without_an_answer_are_counted(baseline: Arm) -> None:
    base, head = (msgspec.structs.replace(baseline, counters={"unanswered": count}) for count in (0, 1))
    one = only(findings(base, head, budget(limit("unanswered", 0.0))))
    assert (one.failed, one.why) == (True, "+1, no worse allowed")


@pytest.mark.parametrize(
    ("before", "after", "enforced", "failed"),
    [
        (190.0, 210.0, "always", True),
        (190.0, 210.0, "crossing", True),
        (300.0, 300.0, "always", True),
        (300.0, 300.0, "crossing", False),
        (190.0, 200.0, "always", False),
    ],
)
def test_an_absolute_limit_holds_always_or_where_base_keeps_it(
    baseline: Arm, before: float, after: float, enforced: str, failed: bool
) -> None:
    base, head = (with_metrics(baseline, response_ms_mean=value) for value in (before, after))
    assert only(findings(base, head, budget(limit(at_most=200.0, enforced=enforced)))).failed is failed


def test_a_rate_may_have_a_floor(baseline: Arm) -> None:
    one = only(findings(baseline, baseline, budget(limit("hit_rate", at_least=0.8))))
    assert (one.failed, one.why) == (True, "40.0 %, less than 80.0 %")


def test_the_most_specific_limit_holds(baseline: Arm) -> None:
    limits = (
        limit(worse_by="9 %", command="price"),
        limit(worse_by="1 %", command="*"),
        limit(worse_by="3 %", command="*", phase=3),
        limit(worse_by="2 %"),
        limit(worse_by="4 %"),
    )
    rules = budget(*limits)
    assert rules.limit("response_ms_mean", command="price") is limits[0]
    assert rules.limit("response_ms_mean", command="send") is limits[1]
    assert rules.limit("response_ms_mean", command="price", phase=3) is limits[2]
    assert rules.limit("response_ms_mean") is limits[4]


@pytest.mark.parametrize(
    ("metric", "change"),
    [("upstream_calls_per_message", 1 / 50), ("hit_rate", -0.01), ("response_ms_mean", 25.0)],
)
def test_the_default_budget_sees_what_is_promised(baseline: Arm, metric: str, change: float) -> None:
    """One upstream call in 50 messages, one point of the hit rate, five percent of the response time."""
    head = with_metrics(baseline, **{metric: getattr(baseline.metrics, metric) + change})
    assert [one.metric for one in findings(baseline, head, load_budget(NOWHERE)) if one.failed] == [metric]


def test_equal_arms_pass_the_default_budget_though_they_miss_the_targets(baseline: Arm) -> None:
    found = findings(baseline, baseline, load_budget(NOWHERE))
    assert len(found) > 6
    assert {one.outcome for one in found} == {"same"}
    assert not any(one.failed for one in found)
