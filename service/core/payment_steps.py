"""The life of a payment, as pure steps.

    PROPOSED ──confirm──> CONFIRMED ──intend──> INTENDED ──conclude──> SETTLED | REJECTED | UNKNOWN
        │                     └──interrupted, then too late──┐                              │
        └──decline, replace, expire──> WITHDRAWN <───────────┘            reconcile  ┌──────┴──────────────┐
                                                                    SETTLED | REJECTED        NEEDS_HUMAN ──resolve──>
                                                                                              SETTLED | REJECTED

Every arrow is one compare-and-set in the store: a payment's `revision` grows with each. INTENDED is written durably
before the upstream is called; after that only an explicit, parsed answer decides, or what a lookup found, and all else
is UNKNOWN: never "not paid". Ids are deterministic, so that a message that is delivered again meets its own payment.
A payment that SETTLED by Flash's word and is in none of its books raises an alarm: a person may call it REJECTED.

`check_at_s` says when the reconciler has to look at a payment next; None when nothing is left to be found out.
"""

import msgspec

from service.core.payments import Outcome, Payment, PaymentState, Rejected, Settled, Unknown

__all__ = [
    "ANSWERED_WITHIN_S",
    "AUDIT_AFTER_S",
    "CONFIRM_WITHIN_S",
    "FIRST_CHECK_S",
    "REPEAT_WITHIN_S",
    "TRANSITIONS",
    "advance",
    "conclude",
    "confirm",
    "intend",
    "is_expired",
    "note",
    "resolve",
    "withdraw",
]

CONFIRM_WITHIN_S = 300.0
"""A proposal can be confirmed for five minutes."""

REPEAT_WITHIN_S = 23 * 3_600.0
"""How long after its intent a payment may be sent again under its key: Flash keeps results for 24 h."""

FIRST_CHECK_S = 15.0
"""How soon after an answer that decided nothing the payment is looked up."""

AUDIT_AFTER_S = 3_600.0
"""How long after Flash's word that the money moved its books are looked at: it may have been mistaken."""

_RESUMED_WITHIN_S = 900.0
"""A yes whose message was lost half way is taken back after this time: nothing was sent, and it is too late by then."""

ANSWERED_WITHIN_S = 90.0
"""By then a call to Flash has ended somehow; whoever made it is gone if nothing is on record of how."""

TRANSITIONS: frozenset[tuple[PaymentState, PaymentState]] = frozenset(
    {
        (PaymentState.PROPOSED, PaymentState.CONFIRMED),
        (PaymentState.PROPOSED, PaymentState.WITHDRAWN),
        (PaymentState.CONFIRMED, PaymentState.INTENDED),
        (PaymentState.CONFIRMED, PaymentState.WITHDRAWN),
        (PaymentState.INTENDED, PaymentState.SETTLED),
        (PaymentState.INTENDED, PaymentState.REJECTED),
        (PaymentState.INTENDED, PaymentState.UNKNOWN),
        (PaymentState.UNKNOWN, PaymentState.SETTLED),
        (PaymentState.UNKNOWN, PaymentState.REJECTED),
        (PaymentState.UNKNOWN, PaymentState.NEEDS_HUMAN),
        (PaymentState.NEEDS_HUMAN, PaymentState.SETTLED),
        (PaymentState.NEEDS_HUMAN, PaymentState.REJECTED),
        (PaymentState.SETTLED, PaymentState.REJECTED),  # by a person alone, after an alarm
    }
)

_NOTED_IN = frozenset({PaymentState.UNKNOWN, PaymentState.SETTLED})
"""States in which the reconciler writes down what it did without deciding anything."""


def is_expired(payment: Payment, now_s: float) -> bool:
    """Whether the proposal can no longer be confirmed."""
    return now_s - payment.proposed_at_s > CONFIRM_WITHIN_S


def advance(payment: Payment, to: PaymentState, **changes: object) -> Payment:
    """The payment in its next state, with the facts that the step adds.

    Raises ValueError for a step that the state diagram does not have.
    """
    if (payment.state, to) not in TRANSITIONS:
        raise ValueError(f"payment {payment.id} cannot go from {payment.state} to {to}")
    return msgspec.structs.replace(payment, state=to, revision=payment.revision + 1, **changes)


def note(payment: Payment, **changes: object) -> Payment:
    """The payment in the same state, with what the reconciler did. Raises ValueError where it has nothing to do."""
    if payment.state not in _NOTED_IN:
        raise ValueError(f"nothing is noted of payment {payment.id}, which is {payment.state}")
    return msgspec.structs.replace(payment, revision=payment.revision + 1, **changes)


def confirm(payment: Payment, *, by: str, reply_to: str, now_s: float) -> Payment:
    """The payment that its user said yes to, in the message `by`."""
    return advance(
        payment,
        PaymentState.CONFIRMED,
        confirmed_by=by,
        reply_to=reply_to,
        check_at_s=now_s + _RESUMED_WITHIN_S,
    )


def intend(payment: Payment, *, now_s: float, can_repeat: bool) -> Payment:
    """The payment that is about to be sent; `can_repeat` when its key makes a second sending harmless."""
    return advance(
        payment,
        PaymentState.INTENDED,
        intended_at_s=now_s,
        sent_at_s=now_s,
        sends=1,
        repeat_until_s=now_s + REPEAT_WITHIN_S if can_repeat else 0.0,
        check_at_s=now_s + ANSWERED_WITHIN_S,
    )


def withdraw(payment: Payment, reason: str | None = None) -> Payment:
    """A payment of which nothing was sent, and never will be."""
    return advance(payment, PaymentState.WITHDRAWN, reason=reason, check_at_s=None)


def resolve(payment: Payment, to: PaymentState, *, by: str, now_s: float) -> Payment:
    """The payment as a person decided it.

    Raises ValueError for one that is not waiting for a person: while the machine still looks, it may still send.
    """
    if not payment.is_for_human:
        raise ValueError(f"payment {payment.id} is {payment.state} and waits for nobody")
    facts = {"decided_by": by, "alarm": None, "checked_at_s": now_s, "check_at_s": None}
    if payment.state is to:
        return note(payment, **facts)
    return advance(payment, to, reason="resolved", **facts)


def conclude(payment: Payment, outcome: Outcome, now_s: float) -> Payment:
    """The payment with what is known of its outcome now."""
    match outcome:
        case Settled(already=already):
            # What was paid before may be in the books of whoever paid it then, so there is nothing to audit.
            reason, check_at_s = ("already", None) if already else (None, now_s + AUDIT_AFTER_S)
            return advance(payment, PaymentState.SETTLED, reason=reason, checks=0, check_at_s=check_at_s)
        case Rejected(code=code):
            return advance(payment, PaymentState.REJECTED, reason=code, check_at_s=None)
        case Unknown(reason=reason, answered=answered):
            check_at_s = now_s + FIRST_CHECK_S
            return advance(payment, PaymentState.UNKNOWN, reason=reason, answered=answered, check_at_s=check_at_s)
