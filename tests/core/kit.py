"""A payment that nobody heard the end of."""

from typing import Any

import msgspec

from service.core.payment_steps import REPEAT_WITHIN_S
from service.core.payments import Outcome, Payment, PaymentState, Target
from service.core.reconciliation import Absent, Sighting, after_sending_again, sending_again

BEGUN_S = 1_800_000_000.0
_ABSENT = Absent()
DECISIVE = ("INSUFFICIENT_BALANCE", "CANT_PAY_SELF", "NOT_FOUND", "INVALID_INPUT")
"""Refusals of a second sending that speak of the payment, written down a second time."""


def undecided(**changes: Any) -> Payment:
    """Sent once at BEGUN_S, under its key; nobody heard how it ended."""
    payment = Payment(
        "p1",
        "ann",
        "acc_ann",
        "wallet_ann",
        Target("wallet", "@bob", "wallet_bob"),
        500,
        None,
        BEGUN_S - 30,
        PaymentState.UNKNOWN,
        confirmed_by="wamid.Y",
        intended_at_s=BEGUN_S,
        reason="time-out",
        revision=3,
        sent_at_s=BEGUN_S,
        sends=1,
        repeat_until_s=BEGUN_S + REPEAT_WITHIN_S,
        check_at_s=BEGUN_S + 45,
    )
    return msgspec.structs.replace(payment, **changes)


def again_after(
    before: Payment, outcome: Outcome, sighting: Sighting = _ABSENT, now_s: float = BEGUN_S + 8_000
) -> Payment:
    """The payment after a further sending, which was a second ago."""
    return after_sending_again(before, sending_again(before, now_s - 1), sighting, outcome, now_s)
