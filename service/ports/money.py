"""Moving money and linking: what changes something at Flash, and the record of it."""

from typing import Protocol

from service.core.messages import OutboxItem
from service.core.payments import DailyLimits, Outcome, Payment
from service.core.queries import Account, InvoiceMade, Profile
from service.core.reconciliation import Sighting

__all__ = ["Payments", "Wallet"]


class Wallet(Protocol):
    """What changes something at Flash. Never cached, never shared, never retried by any layer."""

    async def send_code(self, phone: str) -> None:
        """Sends a code to the phone. Raises UpstreamError."""

    async def login(self, phone: str, code: str) -> str:
        """A session token. Raises UpstreamRefused with PHONE_CODE_ERROR, CODE_EXPIRED_ERROR, TOTP_REQUIRED ..."""

    async def identify(self, token: str) -> Profile:
        """Whose token this is, never from a cache. Raises UpstreamError."""

    async def is_username_free(self, username: str) -> bool:
        """Raises UpstreamError."""

    async def set_username(self, account: Account, username: str) -> None:
        """Raises UpstreamRefused with USERNAME_ERROR when it is taken or cannot be changed."""

    async def create_invoice(
        self, account: Account, wallet_id: str, amount_cents: int | None, memo: str | None
    ) -> InvoiceMade:
        """Raises UpstreamError."""

    def can_repeat(self, payment: Payment) -> bool:
        """Whether a second sending of this payment is harmless: Flash knows its idempotency key."""

    async def pay(self, account: Account, payment: Payment) -> Outcome:
        """Sends the payment once, under its idempotency key. Never raises: what is no explicit answer is Unknown."""

    async def find(self, account: Account, payment: Payment) -> Sighting:
        """Looks for an intended payment in the account's own books. Never raises: what cannot be read is Unclear."""


class Payments(Protocol):
    """The system of record of payments. Every change is a compare-and-set, repeatable after a lost reply."""

    async def propose(self, payment: Payment, replaces: Payment | None = None) -> Payment:
        """Records a proposal and makes it the user's latest; withdraws the one it replaces if that is still open.

        When a payment of this id exists, that one is given back unchanged.
        """

    async def get(self, payment_id: str) -> Payment | None: ...

    async def confirm(self, before: Payment, after: Payment, limits: DailyLimits) -> tuple[Payment, bool | str]:
        """As `move`, if the account stays within its daily limits by it.

        Gives "daily-sum" or "daily-count" where it does not: then nothing has changed.
        """

    async def move(self, before: Payment, after: Payment, notice: OutboxItem | None = None) -> tuple[Payment, bool]:
        """Stores `after` if the payment is still at the revision of `before`; the notice goes into the outbox with it.

        Gives what is stored now, and whether it was this call (or an earlier try of the same call) that put it there.
        """

    async def due(self, now_s: float, limit: int) -> list[Payment]:
        """Payments that somebody has to look at now: not decided, or settled and not audited yet."""

    async def undecided(self, limit: int) -> list[Payment]:
        """The same, whether it is time for them or not."""

    async def for_human(self, limit: int) -> list[Payment]:
        """Payments that a person has to look at, the oldest first."""
