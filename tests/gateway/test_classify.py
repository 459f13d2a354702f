from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.payments import Outcome, Rejected, Settled, Target, Unknown
from service.gateway.answers import Answer, Fault, Heard, Silence
from service.gateway.classify import NOT_SENT, classify

WALLET = Target("wallet", "@bob", "w-bob")
INVOICE = Target("invoice", "lnbc1", "lnbc1", payment_hash="h" * 64)
NO_HASH = Target("invoice", "lnbc1", "lnbc1")


def payload(status: Any = None, *errors: tuple[Any, str]) -> Answer:
    return Answer({"pay": {"status": status, "errors": [{"code": code, "message": text} for code, text in errors]}})


def top(code: str, message: str = "") -> Answer:
    return Answer(None, (Fault(code, message),))


@pytest.mark.parametrize(
    ("heard", "target", "expected"),
    [
        (payload("SUCCESS"), WALLET, Settled()),
        (payload("SUCCESS"), INVOICE, Settled()),
        (payload("ALREADY_PAID"), INVOICE, Settled(already=True)),
        (payload("ALREADY_PAID"), NO_HASH, Unknown("status ALREADY_PAID")),
        (payload("ALREADY_PAID"), WALLET, Unknown("status ALREADY_PAID")),
        (payload("PENDING"), WALLET, Unknown("status PENDING")),
        (payload("FAILURE"), WALLET, Unknown("status FAILURE")),
        (payload(None), WALLET, Unknown("status None")),
        (payload("FAILURE", ("INSUFFICIENT_BALANCE", "low")), WALLET, Rejected("INSUFFICIENT_BALANCE", "low")),
        (payload(None, ("TRANSACTION_RESTRICTED", "")), WALLET, Rejected("TRANSACTION_RESTRICTED")),
        (payload(None, ("CANT_PAY_SELF", "")), WALLET, Rejected("CANT_PAY_SELF")),
        (payload(None, ("NOT_FOUND", "")), WALLET, Rejected("NOT_FOUND")),
        (payload(None, ("INVALID_INPUT", "amount")), WALLET, Rejected("INVALID_INPUT", "amount")),
        (payload(None, ("TOO_MANY_REQUEST", "")), WALLET, Rejected("TOO_MANY_REQUEST")),
        (payload(None, ("INVALID_INPUT", "Idempotency key reused")), WALLET, Unknown("another call of this payment")),
        (payload(None, ("INVALID_INPUT", "resource is locked")), WALLET, Unknown("another call of this payment")),
        (payload(None, ("INVALID_INPUT", "Concurrent request")), WALLET, Unknown("another call of this payment")),
        (
            payload(None, ("INVALID_INPUT", "There is a pending payment for this invoice")),
            INVOICE,
            Unknown("another call of this payment"),
        ),
        (payload("FAILURE", ("IBEX_ERROR", "")), WALLET, Unknown("error IBEX_ERROR")),
        (payload(None, ("SOMETHING_NEW", "")), WALLET, Unknown("error SOMETHING_NEW")),
        (payload(None, (None, "no code")), WALLET, Unknown("error without a code")),
        (payload(None, ("NOT_FOUND", ""), ("IBEX_ERROR", "")), WALLET, Unknown("error IBEX_ERROR")),
        (payload("SUCCESS", ("NOT_FOUND", "")), WALLET, Unknown("status SUCCESS with errors")),
        (payload("PENDING", ("NOT_FOUND", "")), WALLET, Unknown("status PENDING with errors")),
        (top("NOT_AUTHENTICATED"), WALLET, Rejected("NOT_AUTHENTICATED")),
        (top("TOO_MANY_REQUESTS"), WALLET, Rejected("TOO_MANY_REQUESTS")),
        (top("GRAPHQL_VALIDATION_FAILED"), WALLET, Rejected("GRAPHQL_VALIDATION_FAILED")),
        (
            top("BAD_USER_INPUT", 'Variable "$input" got invalid value'),
            WALLET,
            Rejected("BAD_USER_INPUT", 'Variable "$input" got invalid value'),
        ),
        (
            top("BAD_USER_INPUT", "Variable '$input' has invalid value"),
            WALLET,
            Rejected("BAD_USER_INPUT", "Variable '$input' has invalid value"),
        ),
        (top("BAD_USER_INPUT", "the wallet did not like it"), WALLET, Unknown("error BAD_USER_INPUT")),
        (top("INTERNAL_SERVER_ERROR"), WALLET, Unknown("error INTERNAL_SERVER_ERROR")),
        (top(""), WALLET, Unknown("error without a code")),
        (Answer({"pay": None}), WALLET, Unknown("status None")),
        (Answer({}), WALLET, Unknown("status None")),
        (Answer(None), WALLET, Unknown("status None")),
        (Answer({"other": {"status": "SUCCESS"}}), WALLET, Unknown("status None")),
        (payload("success"), WALLET, Unknown("unexpected answer")),
        (payload(1), WALLET, Unknown("unexpected answer")),
        (Answer({"pay": "SUCCESS"}), WALLET, Unknown("unexpected answer")),
        (Answer({"pay": [{"status": "SUCCESS"}]}), WALLET, Unknown("unexpected answer")),
        (Answer({"pay": {"status": "SUCCESS", "errors": "none"}}), WALLET, Unknown("unexpected answer")),
        (Silence("HTTP 503"), WALLET, Unknown("HTTP 503")),
        (Silence("HTTP 409"), INVOICE, Unknown("HTTP 409")),
        (Silence("ReadError"), WALLET, Unknown("ReadError")),
        (Silence("ConnectError", sent=False), WALLET, Rejected(NOT_SENT, "ConnectError")),
    ],
)
def test_an_answer_proves_this_much(heard: Heard, target: Target, expected: Outcome) -> None:
    if isinstance(expected, Unknown) and isinstance(heard, Answer):
        expected = Unknown(expected.reason, answered=True)
    assert classify("pay", heard, target) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["status", "errors", "code"]), inner),
    max_leaves=8,
)
HEARD = st.builds(
    Answer,
    st.none() | st.dictionaries(st.sampled_from(["pay", "other"]), JSON),
    st.lists(st.builds(Fault, st.sampled_from(["", "NOT_FOUND", "IBEX_ERROR"]), st.text(max_size=9))).map(tuple),
) | st.builds(Silence, st.text(max_size=9), st.booleans())


@given(HEARD, st.sampled_from([WALLET, INVOICE, NO_HASH]))
def test_every_answer_has_an_outcome_and_only_explicit_ones_decide(heard: Heard, target: Target) -> None:
    outcome = classify("pay", heard, target)
    if isinstance(outcome, Settled):
        assert isinstance(heard, Answer)
        assert not heard.faults
        assert heard.data is not None
        assert heard.data["pay"]["status"] in {"SUCCESS", "ALREADY_PAID"}
    if isinstance(outcome, Rejected) and outcome.code != NOT_SENT:
        assert isinstance(heard, Answer)
        assert "NOT_FOUND" in str(heard)
