"""No false word about money: "paid" and "not paid" are said only where they are known to be true."""

import re

import msgspec
import pytest

from service.core.payment_steps import resolve
from service.core.payments import FAILED, INTERRUPTED, PaymentState
from service.core.results import Money, PaymentProposed, PaymentStatus
from service.reply.phrases import DEFAULT_REJECTION, DEFAULT_WITHDRAWAL, REJECTIONS, WITHDRAWALS
from service.reply.text import text_of
from tests.reply.kit import PAYMENT, SAMPLES, status

REASONS = [
    None,
    "already",
    INTERRUPTED,
    FAILED,
    "PENDING",
    "not in the books",
    "no lookup: time-out",
    "2 transactions could be it",
    "refused again: INSUFFICIENT_BALANCE",
    "a reason of next year",
    *REJECTIONS,
    *WITHDRAWALS,
]
PAID = re.compile(r"\bpaid\b", re.IGNORECASE)
NOT_PAID = re.compile(r"\bnot paid\b", re.IGNORECASE)
UNDECIDED = [
    PaymentState.PROPOSED,
    PaymentState.CONFIRMED,
    PaymentState.INTENDED,
    PaymentState.UNKNOWN,
    PaymentState.NEEDS_HUMAN,
]
SUCCESS = re.compile(r"\b(paid|sent|success\w*|completed?|went through|done|received)\b", re.IGNORECASE)
FAILURE = re.compile(r"\b(not paid|fail\w*|refused|rejected|cancelled|nothing was|try again)\b", re.IGNORECASE)


def words(state: PaymentState, reason: str | None, *, repeated: bool) -> str:
    return text_of(status(state, reason, repeated=repeated))


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("reason", REASONS)
class TestEveryState:
    """Whatever the reason on record, and however often it is asked."""

    def test_settled_says_paid(self, reason: str | None, repeated: bool) -> None:
        said = words(PaymentState.SETTLED, reason, repeated=repeated)
        assert PAID.search(said)
        assert not NOT_PAID.search(said)

    @pytest.mark.parametrize("state", [PaymentState.REJECTED, PaymentState.WITHDRAWN])
    def test_not_paid_is_said_of_rejected_and_withdrawn(
        self, state: PaymentState, reason: str | None, repeated: bool
    ) -> None:
        said = words(state, reason, repeated=repeated)
        assert len(NOT_PAID.findall(said)) == len(PAID.findall(said)) == 1

    @pytest.mark.parametrize("state", UNDECIDED)
    def test_neither_is_said_of_any_other(self, state: PaymentState, reason: str | None, repeated: bool) -> None:
        said = words(state, reason, repeated=repeated)
        assert not SUCCESS.search(said)
        assert not FAILURE.search(said)

    @pytest.mark.parametrize("state", [PaymentState.INTENDED, PaymentState.UNKNOWN])
    def test_what_is_not_known_is_being_checked_and_must_not_be_sent_again(
        self, state: PaymentState, reason: str | None, repeated: bool
    ) -> None:
        said = words(state, reason, repeated=repeated)
        assert "still checking" in said
        assert "don't send it again" in said
        assert "I'll write as soon as I know" in said

    def test_what_a_person_looks_into_must_not_be_sent_again_either(self, reason: str | None, repeated: bool) -> None:
        said = words(PaymentState.NEEDS_HUMAN, reason, repeated=repeated)
        assert "a *person is looking into it*" in said
        assert "don't send it again" in said
        assert "still checking" not in said

    @pytest.mark.parametrize("state", [*UNDECIDED, PaymentState.SETTLED])
    def test_no_reason_of_the_machine_is_shown_to_the_user(
        self, state: PaymentState, reason: str | None, repeated: bool
    ) -> None:
        assert reason in {None, "already"} or reason not in words(state, reason, repeated=repeated)


def test_no_other_result_speaks_of_paying_as_done() -> None:
    others = [text_of(sample) for sample in SAMPLES if not isinstance(sample, PaymentStatus)]
    assert [said for said in others if PAID.search(said)] == []


def test_a_repeated_yes_is_told_that_nothing_moved_twice() -> None:
    assert "second time" in words(PaymentState.SETTLED, None, repeated=True)
    assert "second time" not in words(PaymentState.SETTLED, None, repeated=False)


@pytest.mark.parametrize(("code", "why"), [*REJECTIONS.items(), ("NEW_CODE", DEFAULT_REJECTION)])
def test_a_rejection_says_why(code: str, why: str) -> None:
    assert why in words(PaymentState.REJECTED, code, repeated=False)


@pytest.mark.parametrize(("reason", "why"), [*WITHDRAWALS.items(), (None, DEFAULT_WITHDRAWAL)])
def test_a_withdrawal_says_why(reason: str | None, why: str) -> None:
    assert why in words(PaymentState.WITHDRAWN, reason, repeated=False)


SAID = {
    (PaymentState.WITHDRAWN, "daily-sum"): "*$5.00* to @bob was *not paid*: that's more than you can send in 24 hours.",
    (PaymentState.WITHDRAWN, "daily-count"): "*$5.00* to @bob was *not paid*: "
    "that's more payments than you can make in 24 hours.",
    (PaymentState.WITHDRAWN, INTERRUPTED): "*$5.00* to @bob was *not paid*: "
    "I was interrupted before I could send it. Send it again if you still want to.",
    (PaymentState.REJECTED, "FAILURE"): "*$5.00* to @bob was *not paid*: Flash couldn't carry it out.",
    (PaymentState.UNKNOWN, INTERRUPTED): "*$5.00* to @bob: Flash hasn't told me how it ended, so I'm *still checking*. "
    "Please don't send it again: I'll write as soon as I know.",
    (PaymentState.NEEDS_HUMAN, None): "*$5.00* to @bob: I couldn't find out how it ended, so a *person is looking into "
    "it*. You'll hear from us. Please don't send it again until then.",
}


@pytest.mark.parametrize(("case", "said"), SAID.items())
def test_what_is_said_when_a_payment_did_not_go_as_usual(case: tuple[PaymentState, str | None], said: str) -> None:
    state, reason = case
    assert words(state, reason, repeated=False) == said


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (PaymentState.SETTLED, "Paid: *$5.00* to @bob."),
        (PaymentState.REJECTED, "*$5.00* to @bob was *not paid*: a person has looked into it."),
    ],
)
def test_what_a_person_decided_is_said_as_plainly_as_what_flash_did(to: PaymentState, said: str) -> None:
    waiting = msgspec.structs.replace(PAYMENT, state=PaymentState.NEEDS_HUMAN)
    assert text_of(PaymentStatus(resolve(waiting, to, by="kim", now_s=1.0))) == said


def test_a_proposal_shows_what_whom_and_how_to_answer() -> None:
    said = text_of(PaymentProposed(PAYMENT, Money(500)))
    assert said.splitlines() == [
        "Send *$5.00* to *@bob*?",
        "Note: lunch",
        "",
        "Answer *yes*, *no* or another amount within 5 min.",
    ]


def test_an_invoice_for_less_than_a_cent_is_not_for_nothing() -> None:
    payment = msgspec.structs.replace(PAYMENT, amount_cents=0)
    assert "*less than $0.01*" in text_of(PaymentProposed(payment, Money(0)))
    assert "*less than $0.01*" in text_of(PaymentStatus(payment))
