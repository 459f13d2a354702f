from typing import Any

import msgspec
import pytest

from service.sandbox.accounts import Account
from service.sandbox.documents import Documents, schema
from service.sandbox.latency import LatencyModel, OperationLatency, Outage

PRICE = "query price($currency: DisplayCurrency) { realtimePrice(currency: $currency) { id } }"


def codes(house: Any, body: bytes, **headers: str) -> tuple[int, list[str]]:
    reply = house.sandbox.flash.answer(headers, body)
    return reply.status, [e["extensions"]["code"] for e in msgspec.json.decode(reply.body).get("errors", [])]


def body(query: str, **more: Any) -> bytes:
    return msgspec.json.encode({"query": query, **more})


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"{}", b'{"query": 5}', b'{"query": "{me}", "variables": 3}', b"\xff"]
)
def test_what_is_no_request_is_refused(house: Any, raw: bytes) -> None:
    assert codes(house, raw) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ me {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { id }", "GRAPHQL_PARSE_FAILED"),
        ("query($c: Int) { realtimePrice(currency: $c) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query a { me { id } } query b { me { id } }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
def test_a_wrong_document_is_refused_as_a_whole(house: Any, query: str, code: str) -> None:
    assert codes(house, body(query)) == (400, [code])


def test_a_missing_variable_is_refused(house: Any) -> None:
    query = "query($username: Username!) { usernameAvailable(username: $username) }"
    assert codes(house, body(query)) == (400, ["BAD_USER_INPUT"])


def test_the_operation_can_be_chosen_by_name(house: Any) -> None:
    query = "query a { usernameAvailable(username: 5) } query b { currencyList { id } }"
    assert codes(house, body(query, operationName="b"))[0] == 200
    assert codes(house, body(query, operationName="c")) == (400, ["OPERATION_RESOLUTION_FAILURE"])


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Bearer", "nonsense", "Basic bot", "Bearer sbx_a_b"])
def test_a_header_that_proves_nothing_is_refused_even_for_public_data(house: Any, authorization: str) -> None:
    assert codes(house, body(PRICE), authorization=authorization) == (401, ["NOT_AUTHENTICATED"])


def test_the_bot_may_show_its_key_in_either_header(house: Any) -> None:
    query = body("{ me { phone } }")
    for headers in ({"authorization": "Bearer bot-key"}, {"x-api-key": "bot-key"}):
        assert codes(house, query, **headers) == (200, [])
    assert codes(house, query, **{"x-api-key": "guess"}) == (401, ["NOT_AUTHENTICATED"])


def test_calls_are_counted_by_what_they_ask(house: Any) -> None:
    for query in (
        "{ me { id } }",
        "{ me { defaultAccount { wallets { balance } } } }",
        "{ me { defaultAccount { transactions { edges { cursor } } } } }",
        "{ me { ...all } } fragment all on User { defaultAccount { level } }",
        "{ a: realtimePrice { id } b: realtimePrice { id } }",
    ):
        house.ask(query, as_="bob")
    assert house.sandbox.flash.calls == {"me": 1, "balance": 2, "transactions": 1, "realtimePrice": 2}


def test_each_text_is_looked_at_once() -> None:
    known = Documents(schema(idempotency=True))
    assert known.get("{ me { id } }") is known.get("{ me { id } }")


def test_a_flood_of_texts_does_not_fill_the_memory() -> None:
    known = Documents(schema(idempotency=True))
    first = known.get("{ me { id } }")
    for i in range(600):
        known.get(f"{{ x{i}")
    assert len(known._known) == 512
    assert known.get("{ me { id } }") is not first


def test_latency_is_per_operation(make_house: Any) -> None:
    model = LatencyModel(OperationLatency(10), {"balance": OperationLatency(250)})
    house = make_house(latency=model)
    assert house.reply("{ me { defaultAccount { id } } }", as_="bob").delay_s == 0.25
    assert house.reply("{ me { id } }", as_="bob").delay_s == 0.01


def test_the_same_call_of_one_person_takes_as_long_whatever_others_do(make_house: Any) -> None:
    model = LatencyModel(OperationLatency(100, 0.5))
    quiet, busy = make_house(latency=model), make_house(latency=model)
    busy.reply("{ me { id } }", as_="carol")
    busy.reply(PRICE, {"currency": "EUR"})
    for _ in range(3):
        expected = quiet.reply("{ me { id } }", as_="bob").delay_s
        assert busy.reply("{ me { id phone } }", as_="bob").delay_s == expected


def test_nonces_and_the_time_of_an_invoice_do_not_change_the_latency(make_house: Any, documents: Any) -> None:
    model = LatencyModel(OperationLatency(100, 0.5))
    one, other = make_house(latency=model), make_house(latency=model)
    other.clock.now_s += 1_234
    delays = set()
    for house, key in ((one, "k1"), (other, "k2")):
        request = house.invoice("bob", 5)["paymentRequest"]
        fields = {"walletId": house.person("alice").usd_wallet_id, "paymentRequest": request, "idempotencyKey": key}
        delays.add(house.reply(documents["pay_invoice"], {"input": fields}, "alice").delay_s)
    assert len(delays) == 1


@pytest.mark.parametrize(("kind", "status"), [("error", 503), ("timeout", 504)])
def test_nothing_is_done_while_the_service_is_down(make_house: Any, documents: Any, kind: Any, status: int) -> None:
    house = make_house(latency=LatencyModel(outages=(Outage(0, 60, kind),)))
    assert house.reply(documents["pay"], {"input": house.payment("alice", "bob", 5)}, "alice").status == status
    assert house.cents("bob") == 4_200
    house.clock.now_s += 60
    assert house.pay("alice", "bob", 5)["status"] == "SUCCESS"


def test_a_fault_of_the_sandbox_is_not_an_answer(house: Any) -> None:
    ghost = Account.make("ghost", "+18765550198")
    house.world.accounts.add(ghost)  # without wallets in the ledger
    house.world.names["ghost"] = ghost
    house.world.ledger.balance = None
    with pytest.raises(TypeError):
        house.ask("{ me { defaultAccount { wallets { balance } } } }", as_="ghost")
