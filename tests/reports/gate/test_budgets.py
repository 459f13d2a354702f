import datetime as dt
from typing import Any

import pytest

from reports.gate.budgets import BudgetError, budget_of
from reports.gate.rules import Allowance, Budget

WAIVER = {
    "metric": "hit_rate",
    "ceiling": "1 point",
    "reason": "the cache forgets on purpose now",
    "expires": dt.date(2026, 2, 1),
}


def one(**table: Any) -> Budget:
    return budget_of({"limits": [{"metric": "response_ms_mean", **table}]}, name="x.toml")


@pytest.mark.parametrize(
    ("metric", "given", "amount", "is_relative", "text"),
    [
        ("response_ms_mean", "2 %", 0.02, True, "2 %"),
        ("response_ms_mean", "2.5%", 0.025, True, "2.5 %"),
        ("response_ms_mean", 12, 12.0, False, "12 ms"),
        ("upstream_calls_per_message", 0.005, 0.005, False, "0.005"),
        ("hit_rate", "0.2 points", 0.002, False, "0.2 points"),
        ("hit_rate", 0.01, 0.01, False, "1 points"),
        ("hit_rate", "1 %", 0.01, True, "1 %"),
    ],
)
def test_an_allowance_is_a_share_or_an_amount(
    metric: str, given: object, amount: float, is_relative: bool, text: str
) -> None:
    found = budget_of({"limits": [{"metric": metric, "worse_by": given}]}, name="x").limits[0].worse_by
    assert isinstance(found, Allowance)
    assert found.amount == pytest.approx(amount)
    assert (found.is_relative, found.text) == (is_relative, text)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"metric": "response_ms_maen", "worse_by": "1 %"}, "did you mean response_ms_mean?"),
        ({"metric": "speed", "worse_by": "1 %"}, "there are: "),
        ({"worse_by": "1 %", "worse": 3}, "unknown key worse; it takes metric, command"),
        ({"worse_by": "1 %", "phase": "three"}, "expected `int`, got `str` at phase"),
        ({}, "it limits nothing; give worse_by"),
        ({"worse_by": "1 percent"}, "worse_by = '1 percent'; give \"2 %\" of the base, or a number of ms"),
        ({"worse_by": "0.5 points"}, 'give "2 %" of the base, or a number of ms'),
        ({"metric": "hit_rate", "worse_by": "x"}, '"0.5 points"'),
        ({"worse_by": -1}, "0 or more"),
        ({"at_most": 1, "messages_at_least": 9}, "messages_at_least without a command"),
        ({"at_most": 1, "at_least": 2}, "at_most is below at_least"),
        ({"metric": "unanswered", "command": "send", "worse_by": 1}, "unanswered is not measured by command"),
        ({"kind": "timed", "worse_by": 3}, "give the margin in percent"),
        ({"kind": "timed", "worse_by": "0 %"}, "give the margin in percent"),
        ({"kind": "timed", "at_most": 3}, "no worse_by of a timed metric; give the margin in percent"),
        ({"kind": "timed", "command": "send", "worse_by": "1 %"}, "not measured by command"),
        ({"metric": "cpu_ms_per_message", "at_most": 3}, "no worse_by of a timed metric"),
        ({"metric": "rss_mb_settled", "worse_by": 5}, "give the margin in percent"),
        ({"metric": "rss_mb_settled", "worse_by": "1 %", "kind": "exact"}, "never exact"),
        ({"enforced": "sometimes", "at_most": 1}, "invalid enum value 'sometimes' at enforced"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(table: dict[str, Any], said: str) -> None:
    with pytest.raises(BudgetError) as caught:
        one(**table)
    text = str(caught.value)
    assert text.startswith("cannot use x.toml: limit 1 (")
    assert said in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " ok "}, "its reason says nothing"),
        ({"expires": "soon"}, "no date, as 2026-03-01 is one, at expires"),
        ({"metric": "hit_rat"}, "did you mean hit_rate?"),
        ({"until": 1}, "unknown key until; it takes metric, ceiling, reason, expires"),
        ({"ceiling": "a lot"}, "ceiling = 'a lot'"),
    ],
)
def test_a_waiver_says_how_much_why_and_until_when(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BudgetError) as caught:
        budget_of({"waivers": [WAIVER | changes]}, name="x.toml")
    assert "waiver 1 (" in str(caught.value)
    assert said in str(caught.value)


def test_a_waiver_without_a_reason_is_refused() -> None:
    table = {key: value for key, value in WAIVER.items() if key != "reason"}
    with pytest.raises(BudgetError, match="reason is missing"):
        budget_of({"waivers": [table]}, name="x.toml")


@pytest.mark.parametrize("tables", [{"limit": []}, {"limits": 3}, {"alpha": 0}, {"alpha": 1}, {"alpha": "small"}])
def test_a_file_of_something_else_is_refused(tables: dict[str, Any]) -> None:
    with pytest.raises(BudgetError, match=r"cannot use x\.toml"):
        budget_of(tables, name="x.toml")


def test_a_second_file_is_laid_over_the_first() -> None:
    shipped = budget_of({"alpha": 0.05, "limits": [{"metric": "hit_rate", "worse_by": 0}]}, name="shipped")
    mine = {"limits": [{"metric": "hit_rate", "worse_by": "1 %"}], "waivers": [WAIVER]}
    found = budget_of(mine, name="mine", under=shipped)
    assert (found.name, found.alpha, len(found.limits), len(found.waivers)) == ("shipped, mine", 0.05, 2, 1)
    assert found.limit("hit_rate") is found.limits[1]


def test_a_command_may_be_named() -> None:
    found = one(command="send", worse_by="5 %", phase=3)
    assert found.limit("response_ms_mean", command="send", phase=3) is found.limits[0]
    assert found.limit("response_ms_mean", command="send", phase=2) is None
    assert found.limit("response_ms_mean", command="price", phase=3) is None
