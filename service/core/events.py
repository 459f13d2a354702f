"""What happened, for whoever listens (item 4.1). An event is a fact: it asks for nothing, and nobody answers it.

`at_s` is when it happened, Unix time. Those in DURABLE are kept in the store until each listener has dealt with them,
in whichever instance; the others are heard in the process where they happened, and end with it.
"""

import msgspec

from service.core.freshness import Namespace
from service.core.payments import Payment, PaymentState
from service.core.reprs import shown

__all__ = [
    "DURABLE",
    "CacheInvalidated",
    "ErrorOccurred",
    "Event",
    "PaymentFailed",
    "PaymentReceived",
    "PaymentSent",
    "UserLinked",
    "UserUnlinked",
    "UserVerified",
    "events_of",
]


class PaymentSent(msgspec.Struct, frozen=True, tag=True):
    """A user's payment has settled."""

    at_s: float
    payment: str
    user: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "payment")


class PaymentReceived(msgspec.Struct, frozen=True, tag=True):
    """A payment of ours to a wallet has settled; whose wallet it is, if a user's, is for the listener to find out."""

    at_s: float
    payment: str
    wallet_id: str
    payer_wallet_id: str
    amount_cents: int

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "payment")


class PaymentFailed(msgspec.Struct, frozen=True, tag=True):
    """A user's payment was refused, in so many words: `reason` is Flash's code."""

    at_s: float
    payment: str
    user: str
    reason: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "payment", "reason")


class UserVerified(msgspec.Struct, frozen=True, tag=True):
    """A code came back, and Flash took it."""

    at_s: float
    user: str


class UserLinked(msgspec.Struct, frozen=True, tag=True):
    """A user and an account belong together now."""

    at_s: float
    user: str


class UserUnlinked(msgspec.Struct, frozen=True, tag=True):
    """They no longer do."""

    at_s: float
    user: str


class CacheInvalidated(msgspec.Struct, frozen=True, tag=True):
    """What caches know of an account is outdated; the instance `by` has forgotten it already."""

    at_s: float
    account_id: str
    namespaces: tuple[Namespace, ...]
    by: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "namespaces", "by")


class ErrorOccurred(msgspec.Struct, frozen=True, tag=True):
    """A mistake of ours ended something: `where`, and the name of the exception."""

    at_s: float
    where: str
    what: str


Event = (
    PaymentSent
    | PaymentReceived
    | PaymentFailed
    | UserVerified
    | UserLinked
    | UserUnlinked
    | CacheInvalidated
    | ErrorOccurred
)

DURABLE = (PaymentReceived,)
"""Events that must not end with the process: somebody is to be told."""


def events_of(payment: Payment) -> tuple[Event, ...]:
    """What a payment's state says to others: nothing, until Flash has decided it.

    The same payment in the same state always gives the same events, so that they can be told again.
    """
    at_s = payment.sent_at_s
    match payment.state:
        case PaymentState.SETTLED:
            sent = PaymentSent(at_s, payment.id, payment.user)
            if payment.target.kind != "wallet":
                return (sent,)
            wallets = (payment.target.address, payment.wallet_id)
            return sent, PaymentReceived(at_s, payment.id, *wallets, payment.amount_cents)
        case PaymentState.REJECTED:
            return (PaymentFailed(at_s, payment.id, payment.user, payment.reason or ""),)
        case _:
            return ()
