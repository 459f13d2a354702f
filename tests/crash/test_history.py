"""The judge, on histories that are as promised and on such that are not."""

import json
from collections import Counter
from typing import Any

import msgspec
import pytest

from service.sandbox.ledger import Entry
from tests.crash.history import Seen, astray, judge, word_of
from tests.crash.phone import Answer, Order

WALLET = "w"
ASKED, PAID = "Send *$10.00* to *@shop*?", "Paid: *$10.00* to @shop."
NOT_PAID, OPEN = "*$10.00* to @shop was *not paid*: you said no.", "*$10.00* to @shop: I'm *still checking*."


def record(state: str, inside: str | None = None, sends: int = 1) -> dict[str, Any]:
    body = {"wallet_id": WALLET, "amount_cents": 1000, "state": inside or state, "sends": sends}
    return {"state": state, "body": json.dumps(body)}


def history(
    *,
    moved: int = 1,
    told: tuple[str, ...] = (PAID,),
    state: str = "settled",
    first: int = 1,
    inside: str | None = None,
    sends: int = 1,
) -> Seen:
    """One payment: asked for, confirmed, and what came of it."""
    return Seen(
        orders=[Order(WALLET, 1000, "ask", "yes")],
        effects=Counter({(WALLET, 1000): moved}),
        acknowledged=["ask", "yes"],
        sent={"ann": ["ask", "yes"]},
        replies={"ask": [Answer(first, ASKED, [])], "yes": [Answer(2 + n, text, []) for n, text in enumerate(told)]},
        records=[record(state, inside, sends)],
    )


@pytest.mark.parametrize(
    "seen",
    [
        history(),
        history(moved=0, told=(NOT_PAID,), state="rejected"),
        history(told=(OPEN, PAID)),
        history(told=(PAID, PAID)),
        history(moved=0, told=(OPEN, NOT_PAID), state="withdrawn"),
        history(moved=0, told=(OPEN,), state="unknown", sends=2),
    ],
)
def test_a_promise_that_is_kept(seen: Seen) -> None:
    assert judge(seen, is_over=True) == []


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (history(moved=2), "left w 2 times"),
        (history(moved=0), "did not move, and the user was told"),
        (history(told=(NOT_PAID, PAID)), "moved, and the user was told"),
        (history(told=("Something went wrong.", PAID)), "the user was told"),
        (history(told=()), "never answered"),
        (history(moved=0, told=(NOT_PAID,)), "are settled, and moved 0 times"),
        (history(state="rejected"), "are rejected, and moved 1 times"),
        (history(told=(OPEN,)), "the user heard last"),
        (history(told=(OPEN,), state="unknown"), "are unknown in the end"),
        (history(told=(PAID,), state="unknown", sends=2), "the user heard last"),
        (history(state="confirmed"), "are confirmed in the end"),
        (history(inside="intended"), "says intended inside"),
        (history(first=5), "out of order"),
    ],
)
def test_a_promise_that_is_broken(seen: Seen, what: str) -> None:
    assert [wrong for wrong in judge(seen, is_over=True) if what in wrong]


def test_a_payment_may_be_open_while_it_is_not_over() -> None:
    assert judge(history(told=(OPEN,), state="unknown"), is_over=False) == []


def test_money_that_went_to_somebody_else() -> None:
    journal = [
        Entry(0.0, WALLET, "w-shop", "USD", 1000, "payment"),
        Entry(0.0, "w-shop", "w-else", "USD", 5, "payment"),
    ]
    assert astray(journal, {WALLET}, "w-shop") == []
    strayed = astray(journal, {WALLET}, "w-other")
    assert "1000 cents of w went to w-shop" in judge(msgspec.structs.replace(history(), astray=strayed), is_over=True)


def test_money_that_nobody_confirmed() -> None:
    seen = history()
    seen.orders[0].yes_id = None
    assert "1000 cents left w, which nobody confirmed" in judge(seen, is_over=True)


def test_two_answers_to_one_question() -> None:
    seen = history()
    seen.replies["ask"].append(Answer(9, "I don't understand that.", []))
    assert [wrong for wrong in judge(seen, is_over=True) if "ask was answered differently" in wrong]


def test_a_record_that_is_lost() -> None:
    seen = history()
    seen.records.clear()
    assert judge(seen, is_over=True) == ["1000 cents were confirmed, and are lost in the end"]


@pytest.mark.parametrize(("text", "word"), [(PAID, "paid"), (NOT_PAID, "not paid"), (OPEN, "open"), (ASKED, None)])
def test_what_a_reply_says_of_the_outcome(text: str, word: str | None) -> None:
    assert word_of(text) == word
