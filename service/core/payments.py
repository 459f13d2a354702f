"""The life of a payment, as facts and pure transitions.

    PROPOSED ──confirm──> CONFIRMED ──intend──> INTENDED ──> SETTLED | REJECTED | UNKNOWN
        │                     └──interrupted, then too late──┐
        └──decline, replace, expire──> WITHDRAWN <───────────┘

Every arrow is one compare-and-set in the store. INTENDED is written durably before the upstream is called; after
that only an explicit, parsed answer decides, and everything else is UNKNOWN: never "not paid", never sent again by
this layer. Ids are deterministic, so that a message that is delivered again meets its own payment.

A payment that settles at Flash after it was called UNKNOWN is not heard of: balance and history that were cached in
between may show the time before it until they expire, after 30 s at most. That is allowed, because the user was told
that the outcome is not known, and to look again.
"""

from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from service.core.reprs import shown

__all__ = [
    "CONFIRM_WITHIN_S",
    "PAYING_COMMAND_MAX_AGE_S",
    "TRANSITIONS",
    "Outcome",
    "Payment",
    "PaymentState",
    "Rejected",
    "Settled",
    "Target",
    "Unknown",
    "advance",
    "intent_id",
    "is_expired",
    "proposal_id",
]

CONFIRM_WITHIN_S = 300.0
"""A proposal can be confirmed for five minutes."""

PAYING_COMMAND_MAX_AGE_S = 600.0
"""A command that moves money and arrives later than this asks again: WhatsApp redelivers for up to seven days."""

_NAMESPACE = UUID("7c1c8a52-5f0e-5d57-9a43-3f6f6f1b2d10")


class PaymentState(StrEnum):
    """Where a payment stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    INTENDED = "intended"
    SETTLED = "settled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
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
    }
)


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
    arrives out of order, cannot have meant it.
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

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "id", "user", "state", "target", "amount_cents")


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


def is_expired(payment: Payment, now_s: float) -> bool:
    """Whether the proposal can no longer be confirmed."""
    return now_s - payment.proposed_at_s > CONFIRM_WITHIN_S


def advance(payment: Payment, to: PaymentState, **changes: object) -> Payment:
    """The payment in its next state, with the facts that the step adds.

    Raises ValueError for a step that the state diagram does not have.
    """
    if (payment.state, to) not in TRANSITIONS:
        raise ValueError(f"payment {payment.id} cannot go from {payment.state} to {to}")
    return msgspec.structs.replace(payment, state=to, **changes)
