"""Reads of the upstream as facts: what is asked, for whom, and what comes back."""

from enum import StrEnum
from types import MappingProxyType

import msgspec

from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.reprs import shown

__all__ = [
    "VALUE_TYPES",
    "Account",
    "Balance",
    "Currencies",
    "Currency",
    "InvoiceMade",
    "Price",
    "Profile",
    "Query",
    "Reading",
    "ReadingSource",
    "Recipient",
    "Transaction",
    "Transactions",
    "Value",
]


class Account(msgspec.Struct, frozen=True):
    """Whose data is read: Flash's account id and the session token that proves it."""

    id: str
    token: str

    def __repr__(self) -> str:
        """Without the token: a repr ends up in logs."""
        return f"Account(id={self.id!r})"


class Price(msgspec.Struct, frozen=True, tag=True):
    """Minor display units per unit of the asset, as Flash gives them: value = base / 10**offset."""

    base: int
    offset: int


class Currency(msgspec.Struct, frozen=True):
    """A display currency."""

    id: str
    symbol: str
    name: str
    fraction_digits: int


class Currencies(msgspec.Struct, frozen=True, tag=True):
    """All display currencies."""

    items: tuple[Currency, ...]


class Recipient(msgspec.Struct, frozen=True, tag=True):
    """Where a username receives dollars; None when nobody has that name."""

    wallet_id: str | None


class Profile(msgspec.Struct, frozen=True, tag=True):
    """Who an account is."""

    account_id: str
    username: str | None
    phone: str | None
    currency: str
    usd_wallet_id: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "account_id", "currency", "usd_wallet_id")


class Balance(msgspec.Struct, frozen=True, tag=True):
    """The US dollar wallet, in cents."""

    cents: int


class Transaction(msgspec.Struct, frozen=True):
    """One movement, as shown to its owner."""

    id: str
    sent: bool
    status: str
    amount_cents: int
    display_amount: str
    display_currency: str
    created_at_s: int
    memo: str | None = None


class Transactions(msgspec.Struct, frozen=True, tag=True):
    """The recent movements, newest first."""

    items: tuple[Transaction, ...]


Value = Price | Currencies | Recipient | Profile | Balance | Transactions

VALUE_TYPES: MappingProxyType[Namespace, type[Value]] = MappingProxyType(
    {
        Namespace.PRICE: Price,
        Namespace.RATE: Price,
        Namespace.CURRENCIES: Currencies,
        Namespace.RECIPIENT: Recipient,
        Namespace.PROFILE: Profile,
        Namespace.BALANCE: Balance,
        Namespace.TRANSACTIONS: Transactions,
    }
)
"""What a read of each namespace gives."""


class Query(msgspec.Struct, frozen=True):
    """One read. `site` is the command that asks, `fresh` forbids an answer from any cache.

    `carrier` is the account of the user on whose behalf public data are read: in that user's requests, and in no
    other's, the read may travel along (item 5.4). It changes neither the answer nor who may see it.
    """

    namespace: Namespace
    argument: str = ""
    account: Account | None = None
    site: str = ""
    fresh: bool = False
    carrier: Account | None = None

    def __post_init__(self) -> None:
        """An account-scoped read without its account would share one user's data with another."""
        if (self.namespace in ACCOUNT_SCOPED) != (self.account is not None):
            raise ValueError(f"{self.namespace} is {'' if self.account is None else 'not '}read for an account")

    @property
    def key(self) -> str:
        """Identity of the data, e.g. `price:-:USD` or `balance:acc_1:`."""
        owner = self.account.id if self.account else "-"
        return f"{self.namespace}:{owner}:{self.argument}"


class ReadingSource(StrEnum):
    """Where an answer came from."""

    CACHE = "hit"
    STALE = "stale"
    COALESCED = "coalesced"
    UPSTREAM = "miss"


class Reading(msgspec.Struct, frozen=True):
    """An answer, the Unix time at which the upstream gave it, and where it came from."""

    value: Value
    fetched_at_s: float
    source: ReadingSource


class InvoiceMade(msgspec.Struct, frozen=True):
    """An invoice that Flash made for a user."""

    payment_request: str
    payment_hash: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "payment_hash")
