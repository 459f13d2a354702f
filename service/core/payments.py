"""The life of a payment, as facts and pure transitions.

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

from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from service.core.reprs import shown

__all__ = [
    "ANSWERED_WITHIN_S",
    "AUDIT_AFTER_S",
    "CONFIRM_WITHIN_S",
    "FAILED",
    "FIRST_CHECK_S",
    "INTERRUPTED",
    "PAYING_COMMAND_MAX_AGE_S",
    "REPEAT_WITHIN_S",
    "TRANSITIONS",
    "DailyLimits",
    "Outcome",
    "Payment",
    "PaymentState",
    "Rejected",
    "Settled",
    "Target",
    "Unknown",
    "advance",
    "conclude",
    "confirm",
    "intend",
    "intent_id",
    "is_expired",
    "memo_tag",
    "note",
    "proposal_id",
    "resolve",
    "withdraw",
]

CONFIRM_WITHIN_S = 300.0
"""A proposal can be confirmed for five minutes."""

PAYING_COMMAND_MAX_AGE_S = 600.0
"""A command that moves money and arrives later than this asks again: WhatsApp redelivers for up to seven days."""

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

FAILED = "status FAILURE"
"""Reason of an UNKNOWN payment of which Flash said that it failed: believed once a lookup finds no trace of it."""

INTERRUPTED = "interrupted"
"""Reason of a payment whose process ended on the way: WITHDRAWN when nothing was sent yet, UNKNOWN otherwise."""

_NAMESPACE = UUID("7c1c8a52-5f0e-5d57-9a43-3f6f6f1b2d10")
_TAG_CHARACTERS = 8


class PaymentState(StrEnum):
    """Where a payment stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    INTENDED = "intended"
    SETTLED = "settled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NEEDS_HUMAN = "needs-human"
    WITHDRAWN = "withdrawn"


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


class Target(msgspec.Struct, frozen=True):
    """Whom a payment goes to.

    `label` is what the user sees ("@bob"); `address` is a receiving wallet id, or a BOLT11 invoice.
    """

    kind: Literal["wallet", "invoice", "open-invoice"]
    label: str
    address: str
    payment_hash: str | None = None

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "kind", "payment_hash")


class Payment(msgspec.Struct, frozen=True):
    """One payment. `user` is the canonical user id; `confirmed_by` the id of the message that said yes.

    `asked_at_s` is WhatsApp's time of the message that made the proposal: a bare "yes" of an earlier time, which
    arrives out of order, cannot have meant it. `reply_to` is the WhatsApp identity that said yes: word of a late
    outcome goes there. `repeat_until_s` is 0 for a payment that is never sent again. `alarm` is set when Flash's books
    contradict Flash's word; `decided_by` is the operator who resolved it. `checks` are lookups, or audits once settled.
    """

    id: str
    user: str
    account_id: str
    wallet_id: str
    target: Target
    amount_cents: int
    memo: str | None
    proposed_at_s: float
    state: PaymentState = PaymentState.PROPOSED
    confirmed_by: str | None = None
    intended_at_s: float | None = None
    reason: str | None = None
    asked_at_s: int = 0
    revision: int = 0
    reply_to: str = ""
    sent_at_s: float = 0.0
    sends: int = 0
    repeat_until_s: float = 0.0
    checks: int = 0
    checked_at_s: float = 0.0
    check_at_s: float | None = None
    alarm: str | None = None
    decided_by: str | None = None

    @property
    def is_for_human(self) -> bool:
        """Whether a person has to look at it."""
        return self.state is PaymentState.NEEDS_HUMAN or self.alarm is not None

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "id", "user", "state", "target", "amount_cents")


class DailyLimits(msgspec.Struct, frozen=True):
    """The most that one account may move within 24 hours, in US cents and in payments."""

    cents: int
    payments: int


class Settled(msgspec.Struct, frozen=True, tag=True):
    """The upstream said, in so many words, that the money moved; `already` when it had moved before."""

    already: bool = False


class Rejected(msgspec.Struct, frozen=True, tag=True):
    """The upstream said, in so many words, that the money did not move; `code` is its error code."""

    code: str
    message: str = ""


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """Nothing that was heard proves either."""

    reason: str


Outcome = Settled | Rejected | Unknown


def proposal_id(message_id: str) -> str:
    """The id of the payment that a message proposes: the same message always proposes the same payment."""
    return uuid5(_NAMESPACE, f"proposal:{message_id}").hex


def intent_id(payment_id: str) -> str:
    """The idempotency key of a payment: a UUID, the same for ever."""
    return str(uuid5(_NAMESPACE, f"intent:{payment_id}"))


def memo_tag(payment_id: str) -> str:
    """What is written behind a payment's memo so that it can be found in Flash's books: `#` and 8 hex digits."""
    return f"#{intent_id(payment_id)[:_TAG_CHARACTERS]}"


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
        case Unknown(reason=reason):
            return advance(payment, PaymentState.UNKNOWN, reason=reason, check_at_s=now_s + FIRST_CHECK_S)
