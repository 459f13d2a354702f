"""What a payment is: its states, its outcomes, and the ids that follow from the messages that made it.

How it goes from one state to the next is in `payment_steps`, what becomes of an undecided one in `reconciliation`.
"""

from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from service.core.reprs import shown

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "PAYING_COMMAND_MAX_AGE_S",
    "DailyLimits",
    "Outcome",
    "Payment",
    "PaymentState",
    "Rejected",
    "Settled",
    "Target",
    "Unknown",
    "intent_id",
    "memo_tag",
    "proposal_id",
]

PAYING_COMMAND_MAX_AGE_S = 600.0
"""A command that moves money and arrives later than this asks again: WhatsApp redelivers for up to seven days."""

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
    outcome goes there. `repeat_until_s` is 0 for a payment that is never sent again. `answered` when Flash has
    answered a sending without deciding it. `alarm` is set when Flash's books
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
    answered: bool = False
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
    """Nothing that was heard proves either; `answered` when Flash did say something."""

    reason: str
    answered: bool = False


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
