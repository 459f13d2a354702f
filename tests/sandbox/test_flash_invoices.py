from typing import Any

import pytest

from service.core.bolt11 import decode
from service.sandbox.behaviour import Fate
from service.sandbox.invoices import encode_invoice, sandbox_signer

PROBE = """mutation($input: LnUsdInvoiceFeeProbeInput!) {
  lnUsdInvoiceFeeProbe(input: $input) { amount invoiceAmount errors { code message } } }"""
PAID = {"status": "SUCCESS", "errors": []}


def foreign(house: Any, *, msat: int | None = 10_000_000, age_s: int = 0, network: str = "bc") -> str:
    """An invoice of another node."""
    return encode_invoice(
        sandbox_signer(),
        payment_hash=b"f" * 32,
        payment_secret=b"g" * 32,
        amount_msat=msat,
        description="elsewhere",
        timestamp=int(house.clock.now_s) - age_s,
        expiry_s=600,
        network=network,
    )


def pay(house: Any, documents: Any, as_: str, request: str, **more: Any) -> Any:
    document = documents["pay_open" if "amount" in more else "pay_invoice"]
    fields = {"walletId": house.person(as_).usd_wallet_id, "paymentRequest": request, **more}
    return house.change(document, as_, **fields)


def code(house: Any, documents: Any, as_: str, request: str, **more: Any) -> str:
    (error,) = pay(house, documents, as_, request, **more)["errors"]
    found: str = error["code"]
    return found


def status(house: Any, documents: Any, request: str) -> str:
    found: str = house.change(documents["status"], None, paymentRequest=request)["status"]
    return found


def test_an_invoice_is_one_that_any_wallet_reads(house: Any) -> None:
    made = house.invoice("bob", 1_000, memo="two beers")
    invoice = decode(made["paymentRequest"])
    assert (invoice.payment_hash, invoice.description) == (made["paymentHash"], "two beers")
    assert invoice.amount_msat == made["satoshis"] * 1_000
    assert 9_900 < made["satoshis"] < 11_200
    assert (invoice.timestamp, invoice.expires_at) == (1_800_000_000, 1_800_000_060)


def test_an_invoice_without_an_amount_has_none(house: Any) -> None:
    assert decode(house.invoice("bob")["paymentRequest"]).amount_msat is None


def test_paying_an_invoice_moves_exactly_its_cents(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 1_000)["paymentRequest"]
    house.clock.now_s += 40  # the price has moved since
    assert pay(house, documents, "alice", request.upper()) == PAID
    assert (house.cents("alice"), house.cents("bob")) == (24_000, 5_200)


def test_the_payer_chooses_the_amount_of_an_open_invoice(house: Any, documents: Any) -> None:
    request = house.invoice("bob")["paymentRequest"]
    assert pay(house, documents, "alice", request, amount=321) == PAID
    assert house.cents("bob") == 4_521


def test_an_invoice_goes_from_pending_to_paid(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 5)["paymentRequest"]
    assert status(house, documents, request) == "PENDING"
    pay(house, documents, "alice", request)
    house.clock.now_s += 100
    assert status(house, documents, request) == "PAID"


def test_an_invoice_lives_for_a_minute_whatever_was_asked(house: Any, documents: Any) -> None:
    wallet = house.person("bob").usd_wallet_id
    made = house.change(documents["invoice"], "bob", walletId=wallet, amount=5, expiresIn=1_440)["invoice"]
    house.clock.now_s += 60
    assert status(house, documents, made["paymentRequest"]) == "EXPIRED"
    assert code(house, documents, "alice", made["paymentRequest"]) == "LIGHTNING_PAYMENT_ERROR"


def test_an_invoice_is_paid_once(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 5)["paymentRequest"]
    pay(house, documents, "alice", request)
    assert pay(house, documents, "carol", request)["status"] == "ALREADY_PAID"
    assert house.cents("bob") == 4_205


def test_a_repeat_under_its_key_is_told_of_the_first_success(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 5)["paymentRequest"]
    answers = [pay(house, documents, "alice", request, idempotencyKey="k") for _ in range(2)]
    assert answers == [PAID, PAID]
    other = house.invoice("bob", 5)["paymentRequest"]
    assert code(house, documents, "alice", other, idempotencyKey="k") == "INVALID_INPUT"


def test_a_pending_payment_blocks_its_invoice(house: Any, documents: Any) -> None:
    request = house.invoice("bob", 5)["paymentRequest"]
    house.sandbox.fates.push(Fate.PENDING)
    assert pay(house, documents, "alice", request)["status"] == "PENDING"
    assert code(house, documents, "carol", request) == "INVALID_INPUT"
    assert status(house, documents, request) == "PENDING"
    house.clock.now_s += 30
    assert status(house, documents, request) == "PAID"
    assert house.cents("bob") == 4_205


def test_a_foreign_invoice_costs_its_price_and_a_fee(house: Any, documents: Any) -> None:
    request = foreign(house, msat=10_000_000)  # 10,000 sats
    probe = house.change(PROBE, "alice", walletId=house.person("alice").usd_wallet_id, paymentRequest=request)
    assert 900 < probe["invoiceAmount"] < 1_000
    assert probe["amount"] == probe["invoiceAmount"] // 200
    assert pay(house, documents, "alice", request) == PAID
    assert house.cents("alice") == 25_000 - probe["invoiceAmount"] - probe["amount"]
    assert house.is_balanced()
    assert pay(house, documents, "carol", request)["status"] == "ALREADY_PAID"


def test_an_invoice_of_the_house_has_no_fee(house: Any) -> None:
    request = house.invoice("bob", 700)["paymentRequest"]
    probe = house.change(PROBE, "alice", walletId=house.person("alice").usd_wallet_id, paymentRequest=request)
    assert (probe["amount"], probe["invoiceAmount"]) == (0, 700)


def test_a_fee_is_asked_for_one_s_own_wallet(house: Any) -> None:
    request = house.invoice("bob", 700)["paymentRequest"]
    assert house.code(PROBE, "alice", walletId="nowhere", paymentRequest=request) == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("changes", "more", "expected"),
    [
        ({"msat": None}, {}, "INVALID_INPUT"),
        ({}, {"amount": 5}, "INVALID_INPUT"),
        ({"age_s": 600}, {}, "LIGHTNING_PAYMENT_ERROR"),
        ({"network": "tb"}, {}, "INVOICE_DECODE_ERROR"),
        ({"msat": 10**12}, {}, "INSUFFICIENT_BALANCE"),
    ],
)
def test_a_foreign_invoice_may_be_refused(
    house: Any, documents: Any, changes: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    assert code(house, documents, "alice", foreign(house, **changes), **more) == expected


@pytest.mark.parametrize("request_", ["", "lnbc1", "hello"])
def test_what_is_no_invoice_is_refused(house: Any, documents: Any, request_: str) -> None:
    assert code(house, documents, "alice", request_) == "INVOICE_DECODE_ERROR"


def test_one_s_own_invoice_cannot_be_paid(house: Any, documents: Any) -> None:
    assert code(house, documents, "bob", house.invoice("bob", 5)["paymentRequest"]) == "CANT_PAY_SELF"


def test_an_amount_must_be_there_exactly_once(house: Any, documents: Any) -> None:
    assert code(house, documents, "alice", house.invoice("bob")["paymentRequest"]) == "INVALID_INPUT"
    assert code(house, documents, "alice", house.invoice("bob", 5)["paymentRequest"], amount=5) == "INVALID_INPUT"


def test_a_restricted_account_pays_no_invoice(house: Any, documents: Any) -> None:
    assert code(house, documents, "frank", house.invoice("bob", 5)["paymentRequest"]) == "TRANSACTION_RESTRICTED"


@pytest.mark.parametrize(
    "changes",
    [{"amount": 0}, {"amount": 2.5}, {"memo": "x" * 640}, {"expiresIn": 0}, {"walletId": "nowhere"}],
)
def test_an_impossible_invoice_is_not_made(house: Any, documents: Any, changes: dict[str, Any]) -> None:
    fields = {"walletId": house.person("bob").usd_wallet_id, "amount": 5} | changes
    assert house.code(documents["invoice"], "bob", **fields) == "INVALID_INPUT"


def test_an_open_invoice_needs_a_lifetime(house: Any, documents: Any) -> None:
    wallet = house.person("bob").usd_wallet_id
    assert house.code(documents["open_invoice"], "bob", walletId=wallet) == "IBEX_ERROR"
    assert house.code(documents["open_invoice"], "bob", walletId="nowhere", expiresIn=1) == "INVALID_INPUT"


def test_twenty_invoices_in_two_minutes_are_enough(house: Any, documents: Any) -> None:
    for _ in range(20):
        house.invoice("bob", 5)
    wallet = house.person("bob").usd_wallet_id
    assert house.code(documents["invoice"], "bob", walletId=wallet, amount=5) == "TOO_MANY_REQUEST"
    assert house.invoice("carol", 5)


def test_an_invoice_of_another_node_has_no_status_here(house: Any, documents: Any) -> None:
    assert house.code(documents["status"], None, paymentRequest=foreign(house)) == "NOT_FOUND"


def test_hashes_do_not_depend_on_other_people_s_invoices(house: Any, make_house: Any) -> None:
    busy = make_house()
    busy.invoice("carol", 5)
    busy.clock.now_s += 33
    assert busy.invoice("bob", 5)["paymentHash"] == house.invoice("bob", 5)["paymentHash"]


def test_somebody_can_have_an_invoice_without_asking_the_api(house: Any, documents: Any) -> None:
    request = house.sandbox.invoice(house.person("bob"), 500)
    assert decode(request).expires_at == 1_800_000_060
    assert pay(house, documents, "alice", request) == PAID
    assert house.cents("bob") == 4_700
