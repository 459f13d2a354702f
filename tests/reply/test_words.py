"""Figures, foreign text and the catalogue."""

import ast
from pathlib import Path

import pytest

import service.commands
from service.core.queries import Currency, Transaction
from service.core.results import (
    BalanceShown,
    HelpShown,
    HistoryShown,
    Money,
    PriceShown,
    Problem,
    Result,
    TransactionShown,
    Trouble,
)
from service.reply.figures import amount, duration, in_currency, moment, usd
from service.reply.markup import clip, shown
from service.reply.phrases import DEFAULT_PROBLEM, DEFAULT_REFUSAL, HELP_PAGE_OF, HELP_PAGES, PROBLEMS, REFUSALS
from service.reply.text import text_of
from tests.reply.kit import JMD, MOVEMENT, NASTY, NOW_S, YEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("*bold*", "\u2217bold\u2217"),
        ("~gone~ `code`", "\u223cgone\u223c \u02cbcode\u02cb"),
        ("_it_ and ann_b", "\u02cdit\u02cd and ann_b"),
        ("ann__b", "ann\u02cd\u02cdb"),
        ("two\nlines\t and  more", "two lines and more"),
        ("\u202eevil\u202c \u200bzero\ufeff", "evil zero"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_foreign_text_formats_nothing_and_hides_nothing(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_foreign_text_is_cut() -> None:
    assert (shown("a" * 101), shown("a" * 100), clip("abc", 2)) == ("a" * 99 + "…", "a" * 100, "a…")


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(123_456), "*$1,234.56*"),
        (Money(0), "*$0.00*"),
        (Money(500, 78_750, JMD), "*$5.00* (J$787.50 JMD)"),
        (Money(500, 750, YEN), "*$5.00* (¥750 JPY)"),
    ],
)
def test_money_in_words(money: Money, expected: str) -> None:
    assert amount(money) == expected


def test_dollars_need_no_code() -> None:
    assert in_currency(10_000_000, Currency("USD", "$", "US Dollar", 2)) == "$100,000.00"
    assert in_currency(-5, JMD) == "-J$0.05 JMD"
    assert usd(1) == "*$0.01*"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (86_399, "23 h"), (86_400, "1 d")],
)
def test_durations_in_words(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_moments_in_words() -> None:
    assert moment(0) == "1970-01-01 00:00 UTC"


@pytest.mark.parametrize(
    "result", [BalanceShown(Money(1), age_s=180.0), PriceShown(1, JMD, 180.0), HistoryShown((MOVEMENT,), NOW_S, 180.0)]
)
def test_old_figures_say_as_of_when(result: Result) -> None:
    assert "As of 3 min ago" in text_of(result)


def test_fresh_figures_do_not() -> None:
    assert text_of(BalanceShown(Money(5_025))) == "Your balance is *$50.25*."


def test_a_movement_on_a_line() -> None:
    assert text_of(HistoryShown((MOVEMENT,), NOW_S)).splitlines()[1] == "-$5.00 (787.50 JMD), 5 min ago, id 1b2c3d"


def test_a_movement_that_is_not_over_says_so() -> None:
    pending = Transaction("tx-99887766", False, "PENDING", 500, "5.00", "USD", int(NOW_S))
    assert text_of(HistoryShown((pending,), NOW_S)).splitlines()[1] == "+$5.00 (pending), 0 s ago, id 887766"


def test_a_list_stops_at_ten() -> None:
    assert len(text_of(HistoryShown((MOVEMENT,) * 30, NOW_S)).splitlines()) == 12


def test_one_movement_says_when_it_was() -> None:
    assert "When: 2027-01-15 07:55 UTC" in text_of(TransactionShown(MOVEMENT, "2c3d"))


@pytest.mark.parametrize("category", [*HELP_PAGE_OF, None, "voice"])
def test_help_has_a_page_for_every_category(category: str | None) -> None:
    expected = HELP_PAGES[HELP_PAGE_OF.get(category or "", "")]
    assert text_of(HelpShown(category, linked=True)) == expected


def test_help_for_strangers_begins_with_linking() -> None:
    assert text_of(HelpShown(None, linked=False)) == HELP_PAGES["welcome"]


def test_help_quotes_the_question() -> None:
    assert text_of(HelpShown("send", linked=True, asked="how?")).startswith("You asked: “how?”\n\n*Sending money*")


def test_a_refusal_has_its_own_words() -> None:
    said = [text_of(Problem("refused", {"code": code})) for code in (*REFUSALS, "NEW_CODE")]
    assert said == [*REFUSALS.values(), DEFAULT_REFUSAL]


def test_a_breaker_says_when_to_try_again() -> None:
    assert "in 13 s" in text_of(Trouble("flash-unavailable", 12.3))
    assert "in a moment" in text_of(Trouble("flash-unavailable"))


def test_facts_are_shown_as_foreign_text() -> None:
    said = text_of(Problem("amount-unreadable", {"amount": NASTY}))
    assert "\u202e" not in said
    assert "*x*" not in said


def problems_in_code() -> dict[str, set[str]]:
    """The rules that the commands name, each with the facts it gives."""
    found: dict[str, set[str]] = {}
    for path in Path(next(iter(service.commands.__path__))).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                rule = node.args[0]
                assert isinstance(rule, ast.Constant), f"{path}: a rule is a literal"
                facts = node.args[1] if len(node.args) > 1 else ast.Dict([], [])
                keys = facts.keys if isinstance(facts, ast.Dict) else []
                named = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
                found.setdefault(str(rule.value), set()).update(named)
    return found


def test_every_rule_has_a_wording_and_every_wording_a_rule() -> None:
    assert set(problems_in_code()) - {"refused"} == set(PROBLEMS)


def test_the_search_for_rules_finds_their_facts() -> None:
    assert problems_in_code()["amount-too-large"] == {"amount", "limit"}


def test_a_rule_without_a_wording_is_still_answered() -> None:
    assert text_of(Problem("new-rule")) == DEFAULT_PROBLEM
