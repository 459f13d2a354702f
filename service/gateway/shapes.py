"""The shapes of Flash's answers, as strict types: what does not fit is no answer.

Bounds keep hostile numbers away from arithmetic: `10**offset` of a million digits would stop the process.
"""

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from service.core.errors import UpstreamUnavailable

__all__ = [
    "BalanceData",
    "CurrenciesData",
    "MovementConnection",
    "MovementNode",
    "PriceData",
    "ProfileData",
    "RateData",
    "RecipientData",
    "TransactionsData",
    "Wallet",
    "dollars_to_cents",
    "fit",
    "whole_cents",
]

S = TypeVar("S")
_Positive = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Offset = Annotated[int, msgspec.Meta(ge=0, le=30)]
_Digits = Annotated[int, msgspec.Meta(ge=0, le=8)]
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Line = Annotated[str, msgspec.Meta(max_length=1_000)]
_MAX_DOLLARS = Decimal(10) ** 12


class _PriceNode(msgspec.Struct):
    """value = base / 10**offset."""

    base: _Positive
    offset: _Offset


class _BtcNode(msgspec.Struct, rename="camel"):
    """Minor display units per satoshi."""

    btc_sat_price: _PriceNode


class _CentNode(msgspec.Struct, rename="camel"):
    """Minor display units per US cent."""

    usd_cent_price: _PriceNode


class PriceData(msgspec.Struct, rename="camel"):
    """Answer to PRICE."""

    realtime_price: _BtcNode


class RateData(msgspec.Struct, rename="camel"):
    """Answer to RATE."""

    realtime_price: _CentNode


class _CurrencyNode(msgspec.Struct, rename="camel"):
    """A display currency."""

    id: _Id
    symbol: _Line
    name: _Line
    fraction_digits: _Digits


class CurrenciesData(msgspec.Struct, rename="camel"):
    """Answer to CURRENCIES; a list of none would leave every price without its currency."""

    currency_list: Annotated[list[_CurrencyNode], msgspec.Meta(min_length=1, max_length=1_000)]


class _RecipientNode(msgspec.Struct, rename="camel"):
    """Only a dollar wallet can be sent dollars."""

    id: _Id
    wallet_currency: Literal["USD"]


class RecipientData(msgspec.Struct, rename="camel"):
    """Answer to RECIPIENT."""

    account_default_wallet: _RecipientNode


class Wallet(msgspec.Struct, rename="camel"):
    """A wallet; `balance` is in cents for a dollar wallet, and not asked for in every document."""

    id: _Id
    wallet_currency: str
    balance: Decimal | None = None


class _Holder(msgspec.Struct, rename="camel"):
    """An account and its wallets."""

    id: _Id
    wallets: list[Wallet]
    display_currency: str = "USD"


class _User(msgspec.Struct, rename="camel"):
    """Whose token it is."""

    default_account: _Holder
    phone: str | None = None
    username: str | None = None


class ProfileData(msgspec.Struct):
    """Answer to PROFILE."""

    me: _User


class BalanceData(msgspec.Struct):
    """Answer to BALANCE."""

    me: _User


class MovementNode(msgspec.Struct, rename="camel"):
    """One transaction, in the units of its wallet's currency."""

    id: _Id
    direction: Literal["SEND", "RECEIVE"]
    status: _Line
    created_at: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    settlement_amount: Decimal
    settlement_currency: str
    settlement_display_amount: _Line
    settlement_display_currency: _Line
    memo: str | None = None


class _Edge(msgspec.Struct):
    """GraphQL's wrapping of a list item."""

    node: MovementNode


class _PageInfo(msgspec.Struct, rename="camel"):
    """Where a page ends."""

    has_next_page: bool
    end_cursor: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None


class MovementConnection(msgspec.Struct, rename="camel"):
    """GraphQL's wrapping of a list; `page_info` is not asked for in every document."""

    edges: Annotated[list[_Edge], msgspec.Meta(max_length=5_000)]
    page_info: _PageInfo | None = None


class _MovementsHolder(msgspec.Struct):
    """An account and its movements."""

    id: _Id
    transactions: MovementConnection


class _MovementsUser(msgspec.Struct, rename="camel"):
    """Whose token it is."""

    default_account: _MovementsHolder


class TransactionsData(msgspec.Struct):
    """Answer to TRANSACTIONS and TRANSACTION_PAGE."""

    me: _MovementsUser


def fit(operation: str, data: Any, shape: type[S]) -> S:
    """The data in their shape. Raises UpstreamUnavailable when they do not fit: a null, a wrong type, out of bounds."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise UpstreamUnavailable(operation, f"unexpected answer: {error}") from None


def whole_cents(operation: str, cents: Decimal | None) -> int:
    """A balance in whole cents, rounded down: a fraction of a cent cannot be sent.

    Raises UpstreamUnavailable when there is none.
    """
    return int(_bounded(operation, cents).to_integral_value(ROUND_FLOOR))


def dollars_to_cents(operation: str, dollars: Decimal) -> int:
    """Dollars in cents, to the nearest. Raises UpstreamUnavailable for what is no amount."""
    return int((_bounded(operation, dollars) * 100).to_integral_value(ROUND_HALF_EVEN))


def _bounded(operation: str, amount: Decimal | None) -> Decimal:
    if amount is None or not amount.is_finite() or amount.copy_abs() > _MAX_DOLLARS:
        raise UpstreamUnavailable(operation, "no amount")
    return amount
