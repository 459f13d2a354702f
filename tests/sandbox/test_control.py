import asyncio
from typing import Any

import msgspec
import pytest

from service.sandbox.accounts import otp_code
from service.sandbox.behaviour import Behaviour, Fate


def get(house: Any, path: str, **query: str) -> Any:
    reply = asyncio.run(house.sandbox.respond("GET", f"/sandbox/{path}", query, {}, b""))
    return msgspec.json.decode(reply.body)


def post(house: Any, path: str, value: object) -> tuple[int, Any]:
    reply = asyncio.run(house.sandbox.respond("POST", f"/sandbox/{path}", {}, {}, msgspec.json.encode(value)))
    return reply.status, msgspec.json.decode(reply.body)


def test_users_are_shown_with_their_codes_and_money(house: Any) -> None:
    users = {user["name"]: user for user in get(house, "users")["users"]}
    assert list(users) == ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "henry"]
    assert users["bob"] == {
        "name": "bob",
        "phone": "+18765550102",
        "wa_id": "18765550102",
        "username": "bob",
        "display_currency": "USD",
        "otp": otp_code("+18765550102"),
        "balance_cents": 4_200,
        "balance_sats": 15_000,
        "restricted": False,
        "totp": False,
    }
    assert users["erin"]["username"] is None
    assert users["frank"]["restricted"]


def test_magic_amounts_are_shown_where_they_work(house: Any, make_house: Any) -> None:
    magic = get(make_house(behaviour=Behaviour(magic=True)), "users")["magic_amounts"]
    assert {"amount": "6.66", "outcome": "pending"} in magic
    assert {"amount": "4.04", "outcome": "failure"} in magic
    assert get(house, "users")["magic_amounts"] == []


def test_the_ledger_shows_what_moved(house: Any) -> None:
    house.pay("alice", "bob", 500)
    ledger = get(house, "ledger")
    alice, bob = house.person("alice").usd_wallet_id, house.person("bob").usd_wallet_id
    assert ledger["balances_cents"]["alice"] == 24_500
    assert ledger["wallets"][bob] == "bob"
    assert ledger["totals"] == {"USD": 0, "BTC": 0}
    assert [(t["debit"], t["credit"], t["amount"]) for t in ledger["transactions"]] == [
        (alice, "held", 500),
        ("held", bob, 500),
    ]


def test_the_ledger_can_be_cut_short(house: Any) -> None:
    house.pay("alice", "bob", 500)
    ledger = get(house, "ledger", limit="1")
    assert (len(ledger["transactions"]), len(ledger["balances_cents"])) == (1, 1)
    assert get(house, "ledger", limit="0")["transactions"] == []


def test_looking_at_the_ledger_settles_what_is_due(house: Any) -> None:
    house.sandbox.fates.push(Fate.PENDING)
    house.pay("alice", "bob", 500)
    assert get(house, "ledger")["balances_cents"]["bob"] == 4_200
    house.clock.now_s += 30
    assert get(house, "ledger")["balances_cents"]["bob"] == 4_700


def test_messages_can_be_followed_by_recipient(house: Any) -> None:
    for to in ("18765550101", "18765550102", "18765550101"):
        text = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": to[-1]}}
        house.sandbox.whatsapp.answer_message("42", {"authorization": "Bearer wa-token"}, msgspec.json.encode(text))
    found = get(house, "messages", to="alice")
    assert [(m["seq"], m["to"]) for m in found["messages"]] == [(1, "18765550101"), (3, "18765550101")]
    assert get(house, "messages", to="+18765550101", after="1")["messages"] == found["messages"][1:]
    assert len(get(house, "messages")["messages"]) == 3
    assert get(house, "messages", to="19998887777", after="2") == {"messages": [], "next": 2}


def test_the_upstreams_can_be_slowed_down_while_they_run(house: Any) -> None:
    text = {"messaging_product": "whatsapp", "to": "18765550101", "type": "text", "text": {"body": "hi"}}

    def delay_s() -> float:
        sent = house.sandbox.whatsapp.answer_message(
            "42", {"authorization": "Bearer wa-token"}, msgspec.json.encode(text)
        )
        return float(sent.delay_s)

    took = [delay_s()]
    assert post(house, "latency", {"default": {"median_ms": 250}})[0] == 200
    took.append(delay_s())
    assert post(house, "latency", {})[0] == 200
    assert [*took, delay_s()] == [0.0, 0.25, 0.0]


def test_somebody_outside_can_pay_an_invoice(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 500)["paymentRequest"]
    assert post(house, "pay", {"payment_request": request})[1]["status"] == "PAID"
    assert house.cents("bob") == 4_700
    assert house.change(documents["status"], None, paymentRequest=request)["status"] == "PAID"
    assert house.is_balanced()
    assert post(house, "pay", {"payment_request": request})[0] == 409


def test_the_payer_outside_chooses_the_amount_of_an_open_invoice(house: Any) -> None:
    request = house.invoice("bob")["paymentRequest"]
    assert post(house, "pay", {"payment_request": request})[0] == 400
    assert post(house, "pay", {"payment_request": request, "amount_cents": 42})[0] == 200
    assert house.cents("bob") == 4_242


def test_an_expired_or_busy_or_foreign_invoice_cannot_be_paid(house: Any, documents: Any) -> None:
    late, busy = (house.invoice("bob", 5)["paymentRequest"] for _ in range(2))
    house.sandbox.fates.push(Fate.PENDING_FOREVER)
    house.change(documents["pay_invoice"], "alice", walletId=house.person("alice").usd_wallet_id, paymentRequest=busy)
    house.clock.now_s += 60
    assert [post(house, "pay", {"payment_request": r})[0] for r in (late, busy, "lnbc1")] == [409, 409, 404]


@pytest.mark.parametrize(
    ("path", "value"), [("say", []), ("say", {"from": "mallory"}), ("pay", 5), ("latency", {"default": "slow"})]
)
def test_a_wrong_wish_is_refused(house: Any, path: str, value: object) -> None:
    status, answer = post(house, path, value)
    assert status == 400
    assert answer["error"]


def test_a_wrong_question_is_refused(house: Any) -> None:
    assert "error" in get(house, "messages", after="soon")
    assert "error" in get(house, "ledger", limit="all")


def test_routes_that_are_not_there(house: Any) -> None:
    assert post(house, "users", {})[0] == 404
    assert get(house, "media/5") == {"error": "no such media"}


def test_answers_are_what_the_bot_sent_in_short(house: Any) -> None:
    reply = {"id": "p:yes:1", "title": "Yes"}
    ask = {"type": "button", "body": {"text": "?"}, "action": {"buttons": [{"type": "reply", "reply": reply}]}}
    for about, kind in (
        ("wamid.A", {"type": "text", "text": {"body": "hi"}}),
        (
            "wamid.B",
            {"type": "interactive", "interactive": ask},
        ),
    ):
        body = {"messaging_product": "whatsapp", "to": "18765550101", "biz_opaque_callback_data": about, **kind}
        house.sandbox.whatsapp.answer_message("42", {"authorization": "Bearer wa-token"}, msgspec.json.encode(body))
    found = get(house, "answers", after="1")
    assert found == {"answers": [[2, "wamid.B", house.clock.now(), [reply]]], "next": 2}
    assert get(house, "answers", after="2") == {"answers": [], "next": 2}


def test_a_user_makes_an_invoice_without_the_bot(house: Any) -> None:
    status, made = post(house, "invoice", {"phone": "+18765550102", "amount_cents": 500})
    assert status == 200
    assert house.world.invoices.find(made["payment_request"]).amount_cents == 500


def test_nobody_unknown_makes_an_invoice(house: Any) -> None:
    assert post(house, "invoice", {"phone": "+18760000000", "amount_cents": 500})[0] == 404
