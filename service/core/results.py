"""What a command concluded, as facts. Handlers make these; formatters alone turn them into words and buttons."""

from typing import Literal

import msgspec

from service.core.payments import Payment
from service.core.queries import Currency, Transaction
from service.core.reprs import shown
from service.core.sessions import Contact

__all__ = [
    "AccountLinked",
    "AlreadyLinked",
    "BalanceShown",
    "CodeRefused",
    "CodeSent",
    "ContactRemoved",
    "ContactSaved",
    "ContactsShown",
    "HelpShown",
    "HistoryShown",
    "InvoiceCreated",
    "LateCommand",
    "Money",
    "NoOpenPayment",
    "PaymentArrived",
    "PaymentProposed",
    "PaymentStatus",
    "PriceShown",
    "Problem",
    "RecipientUnknown",
    "Result",
    "StatementPromised",
    "TransactionShown",
    "Trouble",
    "UnlinkAsked",
    "Unlinked",
    "UnsupportedMessage",
    "UsernameSet",
    "UsernameShown",
]


class Money(msgspec.Struct, frozen=True):
    """US cents, and the same in the user's display currency when that is another one.

    `display_minor` is in minor units of `currency`.
    """

    cents: int
    display_minor: int | None = None
    currency: Currency | None = None


class HelpShown(msgspec.Struct, frozen=True, tag=True):
    """A page of help; `asked` quotes a question that was answered with help."""

    category: str | None
    linked: bool
    asked: str | None = None


class CodeSent(msgspec.Struct, frozen=True, tag=True):
    """A code is on its way to the user's phone."""


class CodeRefused(msgspec.Struct, frozen=True, tag=True):
    """The code was wrong or too old; `attempts_left` is 0 when a new one must be asked for."""

    attempts_left: int


class AlreadyLinked(msgspec.Struct, frozen=True, tag=True):
    """`link` or `verify` by a user who is linked."""

    username: str | None


class AccountLinked(msgspec.Struct, frozen=True, tag=True):
    """The account is linked now."""

    username: str | None


class UnlinkAsked(msgspec.Struct, frozen=True, tag=True):
    """Unlinking needs `unlink confirm`."""


class Unlinked(msgspec.Struct, frozen=True, tag=True):
    """The session is gone."""


class BalanceShown(msgspec.Struct, frozen=True, tag=True):
    """The balance; `age_s` is how old the figure is, set only when it is old because Flash does not answer."""

    money: Money
    refreshed: bool = False
    age_s: float | None = None


class PriceShown(msgspec.Struct, frozen=True, tag=True):
    """One bitcoin, in minor units of `currency`; `age_s` as in BalanceShown."""

    minor: int
    currency: Currency
    age_s: float | None = None


class UsernameShown(msgspec.Struct, frozen=True, tag=True):
    """The user's name, None when none was chosen yet."""

    username: str | None


class UsernameSet(msgspec.Struct, frozen=True, tag=True):
    """The name is the user's now."""

    username: str


class PaymentProposed(msgspec.Struct, frozen=True, tag=True):
    """Waits for yes, no or a new amount."""

    payment: Payment
    money: Money


class PaymentStatus(msgspec.Struct, frozen=True, tag=True):
    """Where a payment stands; the only result that may say paid or not paid.

    `repeated` when the user asked about (or confirmed) a payment that had been decided before.
    """

    payment: Payment
    repeated: bool = False


class PaymentArrived(msgspec.Struct, frozen=True, tag=True):
    """Somebody has paid the user; `payer` is their username if they have one. Nobody asked: it is told."""

    money: Money
    payer: str | None


class NoOpenPayment(msgspec.Struct, frozen=True, tag=True):
    """Yes, no or a new amount, and nothing is waiting for it."""


class RecipientUnknown(msgspec.Struct, frozen=True, tag=True):
    """Nobody was found by that name or number."""

    label: str
    kind: Literal["username", "contact", "phone"]


class InvoiceCreated(msgspec.Struct, frozen=True, tag=True):
    """An invoice to be paid by somebody else; `expires_in_s` from the invoice itself."""

    payment_request: str
    money: Money | None
    memo: str | None
    expires_in_s: int

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "expires_in_s")


class HistoryShown(msgspec.Struct, frozen=True, tag=True):
    """Recent movements, newest first; `age_s` as in BalanceShown."""

    transactions: tuple[Transaction, ...]
    now_s: float
    age_s: float | None = None


class TransactionShown(msgspec.Struct, frozen=True, tag=True):
    """One movement; None when the id is not among the recent ones."""

    transaction: Transaction | None
    id: str


class StatementPromised(msgspec.Struct, frozen=True, tag=True):
    """A file of movements, which is made when it is sent: of the wallet, from `begin_s` until before `end_s`.

    `period` is "all" or a month as in "2026-03".
    """

    kind: Literal["csv", "pdf"]
    user: str
    account_id: str
    wallet_id: str
    begin_s: int
    end_s: int
    period: str


class ContactsShown(msgspec.Struct, frozen=True, tag=True):
    """All saved contacts, by name."""

    contacts: tuple[Contact, ...]


class ContactSaved(msgspec.Struct, frozen=True, tag=True):
    """A contact was added or changed."""

    contact: Contact


class ContactRemoved(msgspec.Struct, frozen=True, tag=True):
    """A contact was removed; `existed` is False when there was none of that name."""

    name: str
    existed: bool


class Problem(msgspec.Struct, frozen=True, tag=True):
    """The command cannot be carried out as asked. `rule` names the wording, `facts` fill it."""

    rule: str
    facts: dict[str, str] = {}


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Not the user's fault; it can be tried again later.

    Nothing was changed, but for `internal`: there a mistake of ours ended the command at any of its steps, perhaps
    after a payment was sent, so its wording never asks to send again.
    """

    kind: Literal["flash-unavailable", "flash-busy", "session-expired", "too-busy", "internal"]
    retry_after_s: float | None = None


class LateCommand(msgspec.Struct, frozen=True, tag=True):
    """A command that moves money arrived long after it was sent: it has to be asked again."""


class UnsupportedMessage(msgspec.Struct, frozen=True, tag=True):
    """A picture, a sticker, a location ..."""


Result = (
    HelpShown
    | CodeSent
    | CodeRefused
    | AlreadyLinked
    | AccountLinked
    | UnlinkAsked
    | Unlinked
    | BalanceShown
    | PriceShown
    | UsernameShown
    | UsernameSet
    | PaymentProposed
    | PaymentStatus
    | PaymentArrived
    | NoOpenPayment
    | RecipientUnknown
    | InvoiceCreated
    | HistoryShown
    | TransactionShown
    | StatementPromised
    | ContactsShown
    | ContactSaved
    | ContactRemoved
    | Problem
    | Trouble
    | LateCommand
    | UnsupportedMessage
)
