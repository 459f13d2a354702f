"""What is to be done about a payment that is not decided, as pure decisions: the reconciler carries them out.

    look it up ──> found ───────────────────────────────────> SETTLED
              ├──> not found, may be sent again ──> send ──> SETTLED | REJECTED | still UNKNOWN
              ├──> absent, and Flash said FAILURE ──────────> REJECTED
              └──> anything else ───────────────────────────> still UNKNOWN; 23 h after the intent NEEDS_HUMAN

Absence alone never decides: a payment that is on its way is not in the books yet. It only lets the payment be sent
again under the same idempotency key, for which Flash gives the first result if it kept one. It does not always: a
result is not kept when Flash itself was told of an error, whatever that error hid. So what goes to a wallet is sent
again only after a silence, never after an answer, and only when it would be in the books by now; an invoice can be paid
once, so its hash protects it too. Nothing is sent more than three times.

A refusal of a further sending counts when nothing like it is in the books, the earlier one can no longer arrive late,
and the refusal speaks of the payment itself.
"""

from typing import assert_never

import msgspec

from service.core.payment_steps import ANSWERED_WITHIN_S, FIRST_CHECK_S, advance, conclude, note, withdraw
from service.core.payments import FAILED, INTERRUPTED, Outcome, Payment, PaymentState, Rejected, Settled, Unknown

__all__ = [
    "AUDITS",
    "AUDIT_SLACK_S",
    "EMPTY_GRACE_S",
    "GRACE_S",
    "HUMAN_AFTER_S",
    "MAX_SENDINGS",
    "Absent",
    "Found",
    "Likely",
    "Sighting",
    "Unclear",
    "after_audit",
    "after_lookup",
    "after_sending_again",
    "may_send_again",
    "next_check_s",
    "orphaned",
    "sending_again",
]

GRACE_S = 120.0
"""A request that nobody answered may still be carried out for this long."""

EMPTY_GRACE_S = 3_600.0
"""For this long a balance that is too low may be so because the first sending holds the money."""

HUMAN_AFTER_S = 23 * 3_600.0
"""What is not decided this long after its intent is for a person to decide: WhatsApp lets us say so for 24 hours."""

AUDITS = 4
"""Lookups without a trace of a settled payment, one an hour, before the alarm."""

AUDIT_SLACK_S = 600.0
"""What left the wallet longer than this before the intent is not the payment: clocks are no further apart than that.

It is for alarms alone: where money is at stake, two days are allowed for.
"""

MAX_SENDINGS = 3
"""How often a payment is sent at the most, the first time included."""

_LONGEST_WAIT_S = 900.0
_HOURLY_AFTER_S = 4 * 3_600.0
_HOUR_S = 3_600.0

_EMPTY = "INSUFFICIENT_BALANCE"
_DECISIVE = frozenset({_EMPTY, "CANT_PAY_SELF", "NOT_FOUND", "INVALID_INPUT"})
"""Refusals of a further sending that speak of the payment; others (no session, limits) say nothing of earlier ones."""


class Found(msgspec.Struct, frozen=True, tag=True):
    """Flash's books have it, with its payment hash or its tag."""

    transaction_id: str


class Likely(msgspec.Struct, frozen=True, tag=True):
    """Something of this amount and time left the wallet, and nothing proves that it is this payment.

    `latest_s` is the time of the latest of them, Unix seconds on Flash's clock.
    """

    transaction_ids: tuple[str, ...]
    latest_s: float


class Absent(msgspec.Struct, frozen=True, tag=True):
    """Flash's books were read back to the intent, and nothing like it is in them yet."""


class Unclear(msgspec.Struct, frozen=True, tag=True):
    """The books could not be read, or not far enough back."""

    reason: str


Sighting = Found | Likely | Absent | Unclear


def orphaned(payment: Payment, now_s: float) -> Payment | None:
    """What becomes of a payment that nobody works on any more; None for one that is not half way.

    Nothing of a CONFIRMED one was sent. An INTENDED one may have been.
    """
    match payment.state:
        case PaymentState.CONFIRMED:
            return withdraw(payment, INTERRUPTED)
        case PaymentState.INTENDED:
            return conclude(payment, Unknown(INTERRUPTED), now_s)
        case _:
            return None


def next_check_s(payment: Payment, now_s: float) -> float:
    """When to look again: 15 s, 30 s, 1 min ... 15 min apart, hourly from the fifth hour on, and at the end of the day.

    Unix seconds.
    """
    begun_s = payment.intended_at_s or now_s
    wait_s = min(FIRST_CHECK_S * 2.0 ** min(payment.checks, 10), _LONGEST_WAIT_S)
    if now_s - begun_s >= _HOURLY_AFTER_S:
        wait_s = _HOUR_S
    return min(now_s + wait_s, max(begun_s + HUMAN_AFTER_S, now_s + FIRST_CHECK_S))


def may_send_again(payment: Payment, sighting: Sighting, now_s: float) -> bool:
    """Whether it is time to send the payment again, and harmless.

    Not when Flash said that it has failed, and not once a clock was seen to go backwards: nobody knows then how old the
    first sending is.
    """
    return (
        payment.state is PaymentState.UNKNOWN
        and payment.reason != FAILED
        and payment.sends < MAX_SENDINGS
        and _latest_s(payment) <= now_s < payment.repeat_until_s
        and now_s - payment.sent_at_s >= _pause_s(payment)
        and _is_harmless(payment, sighting)
    )


def _is_harmless(payment: Payment, sighting: Sighting) -> bool:
    """Whether a further sending cannot pay twice, even where Flash kept no result of an earlier one."""
    if payment.target.kind == "wallet":
        return isinstance(sighting, Absent) and not payment.answered
    return isinstance(sighting, Absent | Likely)


def _pause_s(payment: Payment) -> float:
    """How long after the last sending the next one may follow."""
    if payment.sends > 1:
        return _HOUR_S
    return GRACE_S if payment.target.kind == "wallet" else FIRST_CHECK_S


def sending_again(payment: Payment, now_s: float) -> Payment:
    """What is on record before the payment is sent once more; meanwhile no other process looks after it."""
    waiting = {"sent_at_s": now_s, "checked_at_s": now_s, "check_at_s": now_s + ANSWERED_WITHIN_S}
    return note(payment, sends=payment.sends + 1, **waiting)


def after_lookup(payment: Payment, sighting: Sighting, now_s: float) -> Payment:
    """An UNKNOWN payment after a lookup that was not followed by another sending."""
    match sighting:
        case Found():
            return conclude(payment, Settled(), now_s)
        case Absent() if payment.reason == FAILED and now_s - payment.sent_at_s >= _quiet_s(payment):
            return conclude(payment, Rejected("FAILURE"), now_s)
        case Likely() | Absent() | Unclear():
            return _still_unknown(payment, _missing(payment, sighting), now_s)
        case _:
            assert_never(sighting)


def after_sending_again(before: Payment, noted: Payment, sighting: Sighting, outcome: Outcome, now_s: float) -> Payment:
    """An UNKNOWN payment after it was sent again.

    `before` is what it was, `noted` what was put on record for that, `sighting` what the lookup ahead of it saw.
    """
    match outcome:
        case Settled():
            return conclude(noted, outcome, now_s)
        case Rejected(code=code) if isinstance(sighting, Absent) and _is_final(before, code, now_s):
            return conclude(noted, outcome, now_s)
        case Rejected(code=code):
            return _still_unknown(noted, f"refused again: {code}", now_s)
        case Unknown(reason=reason, answered=answered):
            return _still_unknown(noted, reason, now_s, answered=answered)
        case _:
            assert_never(outcome)


def after_audit(payment: Payment, sighting: Sighting, now_s: float) -> Payment:
    """A SETTLED payment after a look into Flash's books: an alarm when it is in none of them, time after time."""
    match sighting:
        case Found():
            return _audited(payment, now_s)
        case Likely(latest_s=latest_s) if latest_s >= (payment.intended_at_s or 0.0) - AUDIT_SLACK_S:
            return _audited(payment, now_s)
        case Likely() | Absent() | Unclear() if payment.checks + 1 < AUDITS:
            return note(payment, checks=payment.checks + 1, checked_at_s=now_s, check_at_s=now_s + _HOUR_S)
        case Likely() | Absent():
            return _audited(payment, now_s, alarm="no trace of it in Flash's books")
        case Unclear():
            return _audited(payment, now_s)
        case _:
            assert_never(sighting)


def _audited(payment: Payment, now_s: float, alarm: str | None = None) -> Payment:
    """A SETTLED payment after its last audit."""
    return note(payment, checks=payment.checks + 1, checked_at_s=now_s, check_at_s=None, alarm=alarm)


def _is_final(before: Payment, code: str, now_s: float) -> bool:
    """Whether the refusal of a second sending says that the first one, too, moved nothing and never will."""
    if code == _EMPTY and now_s - (before.intended_at_s or now_s) < EMPTY_GRACE_S:
        return False
    return code in _DECISIVE and now_s - before.sent_at_s >= GRACE_S


def _still_unknown(payment: Payment, reason: str, now_s: float, *, answered: bool = False) -> Payment:
    facts: dict[str, object] = {"checks": payment.checks + 1, "checked_at_s": now_s, "reason": reason}
    if answered:
        facts["answered"] = True
    if now_s < _latest_s(payment):
        facts["repeat_until_s"] = 0.0  # the clock went backwards: how old the sending is cannot be known any more
    if now_s - (payment.intended_at_s or 0.0) >= HUMAN_AFTER_S:
        return advance(payment, PaymentState.NEEDS_HUMAN, **facts, check_at_s=None)
    return note(payment, **facts, check_at_s=next_check_s(payment, now_s))


def _quiet_s(payment: Payment) -> float:
    """How long after its last sending a payment that Flash called failed is looked for before that is believed.

    Of several sendings an earlier one, which nobody answered, may still be under way.
    """
    return FIRST_CHECK_S if payment.sends == 1 else GRACE_S


def _latest_s(payment: Payment) -> float:
    """The latest time that is on record of the payment."""
    return max(payment.sent_at_s, payment.checked_at_s, payment.intended_at_s or 0.0)


def _missing(payment: Payment, sighting: Likely | Absent | Unclear) -> str:
    """Why it is still not known; Flash's own word that it failed is kept."""
    if payment.reason == FAILED:
        return FAILED
    match sighting:
        case Likely(transaction_ids=found):
            return f"{len(found)} transactions could be it"
        case Unclear(reason=reason):
            return f"no lookup: {reason}"
        case _:
            return "not in the books"
