from typing import Any

import pytest

from service.sandbox.behaviour import Behaviour, Fate
from service.sandbox.latency import LatencyModel, OperationLatency

SETTLED = {"status": "SUCCESS", "errors": []}


def test_a_payment_moves_the_money(house: Any) -> None:
    assert house.pay("alice", "bob", 500) == SETTLED
    assert (house.cents("alice"), house.cents("bob")) == (24_500, 4_700)
    assert house.is_balanced()


def test_dollars_can_be_sent_to_a_bitcoin_wallet(house: Any, documents: Any) -> None:
    bob = house.person("bob")
    fields = house.payment("alice", "bob", 1_000) | {"recipientWalletId": bob.btc_wallet_id}
    assert house.change(documents["pay"], "alice", **fields) == SETTLED
    assert house.world.ledger.balance(bob.btc_wallet_id, "BTC") > 25_000
    assert house.is_balanced()


@pytest.mark.parametrize(
    ("as_", "to", "changes", "expected"),
    [
        ("alice", "bob", {"amount": 25_001}, "INSUFFICIENT_BALANCE"),
        ("alice", "alice", {}, "CANT_PAY_SELF"),
        ("frank", "bob", {}, "TRANSACTION_RESTRICTED"),
        ("alice", "bob", {"recipientWalletId": "nowhere"}, "NOT_FOUND"),
        ("alice", "bob", {"walletId": "nowhere"}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": 0}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": -5}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": 1.5}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": "5"}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": True}, "INVALID_INPUT"),
        ("alice", "bob", {"amount": 1e30}, "INVALID_INPUT"),
        ("alice", "bob", {"memo": "é" * 320}, "INVALID_INPUT"),
        ("alice", "bob", {"memo": 5}, "INVALID_INPUT"),
        ("alice", "bob", {"idempotencyKey": "k" * 257}, "INVALID_INPUT"),
    ],
)
def test_a_refusal_moves_nothing(  # noqa: PLR0917 - a table
    house: Any, documents: Any, as_: str, to: str, changes: dict[str, Any], expected: str
) -> None:
    before = {name: house.cents(name) for name in house.world.names}
    assert house.code(documents["pay"], as_, **(house.payment(as_, to, 500) | changes)) == expected
    assert {name: house.cents(name) for name in house.world.names} == before


def test_a_bitcoin_wallet_cannot_send_dollars(house: Any, documents: Any) -> None:
    fields = house.payment("bob", "alice", 5) | {"walletId": house.person("bob").btc_wallet_id}
    assert house.code(documents["pay"], "bob", **fields) == "INVALID_INPUT"


def test_somebody_else_s_wallet_cannot_pay(house: Any, documents: Any) -> None:
    assert house.code(documents["pay"], "bob", **house.payment("alice", "carol", 5)) == "INVALID_INPUT"


def test_a_payment_needs_a_login(house: Any, documents: Any) -> None:
    answer = house.ask(documents["pay"], {"input": house.payment("alice", "bob", 5)})
    assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == (None, "NOT_AUTHENTICATED")


def test_a_repeat_under_its_key_pays_once(house: Any) -> None:
    assert [house.pay("alice", "bob", 500, idempotencyKey="k") for _ in range(3)] == [SETTLED] * 3
    assert house.cents("bob") == 4_700


def test_without_a_key_or_with_a_blank_one_every_call_pays(house: Any) -> None:
    for more in ({}, {}, {"idempotencyKey": " "}, {"idempotencyKey": " "}):
        assert house.pay("alice", "bob", 100, **more) == SETTLED
    assert house.cents("bob") == 4_600


@pytest.mark.parametrize("change", [{"amount": 501}, {"to": "carol"}])
def test_a_key_belongs_to_one_payment(house: Any, change: dict[str, Any]) -> None:
    house.pay("alice", "bob", 500, idempotencyKey="k")
    other = {"to": "bob", "amount": 500} | change
    (error,) = house.pay("alice", other["to"], other["amount"], idempotencyKey="k")["errors"]
    assert error["code"] == "INVALID_INPUT"
    assert "IdempotencyKeyReuse" in error["message"]
    assert house.cents("alice") == 24_500


def test_another_memo_is_the_same_payment(house: Any) -> None:
    house.pay("alice", "bob", 500, idempotencyKey="k", memo="a")
    assert house.pay("alice", "bob", 500, idempotencyKey="k", memo="b") == SETTLED
    assert house.cents("bob") == 4_700


def test_keys_of_two_wallets_do_not_meet(house: Any) -> None:
    house.pay("alice", "bob", 500, idempotencyKey="k")
    assert house.pay("carol", "bob", 500, idempotencyKey="k") == SETTLED
    assert house.cents("bob") == 5_200


def test_a_key_is_forgotten_after_a_day(house: Any) -> None:
    house.pay("alice", "bob", 500, idempotencyKey="k")
    house.clock.now_s += 24 * 3600 + 1
    house.pay("alice", "bob", 500, idempotencyKey="k")
    assert house.cents("bob") == 5_200


def test_a_refused_payment_can_be_tried_again_under_its_key(house: Any, documents: Any) -> None:
    fields = house.payment("erin", "bob", 1_500, idempotencyKey="k")
    assert house.code(documents["pay"], "erin", **fields) == "INSUFFICIENT_BALANCE"
    house.pay("alice", "erin", 1_000)
    assert house.change(documents["pay"], "erin", **fields) == SETTLED


def test_a_repeat_while_the_first_is_under_way_is_told_to_wait(make_house: Any, documents: Any) -> None:
    house = make_house(latency=LatencyModel(OperationLatency(2_000)))
    fields = house.payment("alice", "bob", 500, idempotencyKey="k")
    assert house.change(documents["pay"], "alice", **fields) == SETTLED  # its answer is out in two seconds
    house.clock.now_s += 1
    assert house.code(documents["pay"], "alice", **fields) == "UNEXPECTED_CLIENT_ERROR"
    house.clock.now_s += 1
    assert house.change(documents["pay"], "alice", **fields) == SETTLED
    assert house.cents("bob") == 4_700


def test_an_older_server_refuses_the_field(make_house: Any, documents: Any) -> None:
    house = make_house(idempotency=False)
    reply = house.reply(documents["pay"], {"input": house.payment("alice", "bob", 5, idempotencyKey="k")}, "alice")
    assert reply.status == 400
    assert house.cents("bob") == 4_200
    assert house.pay("alice", "bob", 5) == SETTLED


def test_a_pending_payment_settles_when_its_time_comes(house: Any, documents: Any) -> None:
    house.sandbox.fates.push(Fate.PENDING)
    assert house.pay("alice", "bob", 500)["status"] == "PENDING"
    assert (house.cents("alice"), house.cents("bob")) == (24_500, 4_200)
    house.clock.now_s += 29
    assert top(house, documents) != -5
    house.clock.now_s += 1
    assert top(house, documents) == -5
    assert house.cents("bob") == 4_700
    assert house.is_balanced()


def test_a_repeat_of_a_pending_payment_gets_its_first_answer(house: Any) -> None:
    house.sandbox.fates.push(Fate.PENDING)
    house.pay("alice", "bob", 500, idempotencyKey="k")
    house.clock.now_s += 60
    assert house.pay("alice", "bob", 500, idempotencyKey="k")["status"] == "PENDING"
    assert house.cents("bob") == 4_700


def test_some_payments_stay_pending(house: Any) -> None:
    house.sandbox.fates.push(Fate.PENDING_FOREVER)
    house.pay("alice", "bob", 500)
    house.clock.now_s += 1e7
    house.ask("{ realtimePrice { id } }")
    assert (house.cents("alice"), house.cents("bob")) == (24_500, 4_200)
    assert house.is_balanced()


def test_a_failed_payment_moves_nothing(house: Any) -> None:
    house.sandbox.fates.push(Fate.FAILURE)
    assert house.pay("alice", "bob", 500) == {"status": "FAILURE", "errors": []}
    assert house.cents("alice") == 25_000


def test_a_refusal_of_the_wallet_provider_has_its_code(house: Any, documents: Any) -> None:
    house.sandbox.fates.push(Fate.REFUSED)
    assert house.code(documents["pay"], "alice", **house.payment("alice", "bob", 5)) == "IBEX_ERROR"


@pytest.mark.parametrize(
    ("fate", "status", "is_paid"),
    [
        (Fate.TIMEOUT_BEFORE, 504, False),
        (Fate.TIMEOUT_AFTER, 504, True),
        (Fate.ERROR_BEFORE, 503, False),
        (Fate.ERROR_AFTER, 503, True),
        (Fate.CONFLICT, 409, False),
        (Fate.GARBLED, 200, True),
        (Fate.RESET, 200, True),
    ],
)
def test_what_the_wire_says_proves_nothing(
    make_house: Any, documents: Any, fate: Fate, status: int, is_paid: bool
) -> None:
    house = make_house(behaviour=Behaviour(script=(fate,), hang_s=45))
    fields = {"input": house.payment("alice", "bob", 500, idempotencyKey="k")}
    reply = house.reply(documents["pay"], fields, "alice")
    assert reply.status == status
    assert reply.delay_s == (45 if status == 504 else 0)
    assert reply.is_broken is (fate is Fate.RESET)
    assert house.cents("bob") == (4_700 if is_paid else 4_200)
    house.clock.now_s += 60
    assert house.change(documents["pay"], "alice", **fields["input"]) == SETTLED
    assert house.cents("bob") == 4_700


def test_a_slow_payment_is_answered_late(make_house: Any, documents: Any) -> None:
    house = make_house(behaviour=Behaviour(script=(Fate.SLOW,), slow_s=9))
    reply = house.reply(documents["pay"], {"input": house.payment("alice", "bob", 5)}, "alice")
    assert (reply.status, reply.delay_s) == (200, 9)


def test_magic_amounts_are_for_people_to_try(make_house: Any) -> None:
    house = make_house(behaviour=Behaviour(magic=True))
    assert house.pay("alice", "bob", 666)["status"] == "PENDING"
    assert house.pay("alice", "bob", 404)["status"] == "FAILURE"


def test_a_refused_payment_uses_up_no_outcome(house: Any) -> None:
    house.sandbox.fates.push(Fate.PENDING)
    house.pay("erin", "bob", 99_999)
    assert house.pay("alice", "bob", 5)["status"] == "PENDING"


def top(house: Any, documents: Any) -> float:
    """The latest amount in alice's history."""
    edges = house.data(documents["transactions"], {"first": 1}, "alice")["defaultAccount"]["transactions"]["edges"]
    amount: float = edges[0]["node"]["settlementAmount"]
    return amount


def test_a_payment_that_a_magic_amount_struck_goes_through_when_it_is_sent_again(
    make_house: Any, documents: Any
) -> None:
    house = make_house(behaviour=Behaviour(magic=True))
    first = house.reply(documents["pay"], {"input": house.payment("alice", "bob", 503, idempotencyKey="k")}, "alice")
    assert (first.status, house.cents("bob")) == (503, 4_200)
    assert [house.pay("alice", "bob", 503, idempotencyKey="k") for _ in range(2)] == [SETTLED] * 2
    assert house.cents("bob") == 4_200 + 503
