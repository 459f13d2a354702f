"""Who a user is to us: the link between a WhatsApp identity and a Flash account."""

import msgspec

from service.core.payments import Payment
from service.core.queries import Account
from service.core.reprs import shown

__all__ = ["MAX_CODE_ATTEMPTS", "Contact", "Conversation", "Heard", "Linking", "Session"]

MAX_CODE_ATTEMPTS = 5
"""Wrong codes that one request for a code survives."""


class Session(msgspec.Struct, frozen=True):
    """A linked user. The token is sealed wherever this is stored, and never shown in a repr.

    `wallet_id` is the dollar wallet, "" for a session from before it was kept.
    """

    user: str
    phone: str
    account_id: str
    username: str | None
    token: str
    linked_at_s: float
    wallet_id: str = ""

    @property
    def account(self) -> Account:
        """What reads and payments of this user are made with."""
        return Account(self.account_id, self.token)

    def __repr__(self) -> str:
        """Without the token: a repr ends up in logs."""
        return f"Session(user={self.user!r}, account_id={self.account_id!r})"


class Heard(msgspec.Struct, frozen=True):
    """A linked user, and how long ago they last wrote."""

    session: Session
    silent_s: float


class Linking(msgspec.Struct, frozen=True):
    """A code was sent to this phone, and not yet returned."""

    phone: str
    sent_at_s: float
    attempts: int = 0

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "sent_at_s", "attempts")


class Contact(msgspec.Struct, frozen=True):
    """A saved name for a phone number."""

    name: str
    phone: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self)


class Conversation(msgspec.Struct, frozen=True):
    """What is known of a user when a message of theirs is handled."""

    session: Session | None
    linking: Linking | None
    payment: Payment | None
    """The latest proposal, in whatever state it is now."""
