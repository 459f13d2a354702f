"""What may be cached, and for how long: a contract, not a knob.

No arm may serve older data than its table allows. SHORT is the state before item 1.3, LONG the state after it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["ACCOUNT_SCOPED", "LONG_TTL_S", "MOVED_BY_PAYING", "SHORT_TTL_S", "Namespace"]


class Namespace(StrEnum):
    """A kind of cacheable upstream read; the first part of its cache key."""

    PRICE = "price"  # one bitcoin, by display currency
    RATE = "rate"  # one US cent, by display currency
    CURRENCIES = "currencies"  # the list of display currencies
    RECIPIENT = "recipient"  # a username's receiving wallet
    PROFILE = "profile"  # username, display currency and wallet ids, by account
    BALANCE = "balance"  # by account
    TRANSACTIONS = "transactions"  # the recent ones, by account


ACCOUNT_SCOPED = frozenset({Namespace.PROFILE, Namespace.BALANCE, Namespace.TRANSACTIONS})
"""Namespaces whose data belong to one account: the account is part of every key made from them."""

MOVED_BY_PAYING = frozenset({Namespace.BALANCE, Namespace.TRANSACTIONS})
"""What is forgotten of an account when money of it has moved, or may have."""

SHORT_TTL_S: Mapping[Namespace, float] = MappingProxyType(
    {
        Namespace.PRICE: 300.0,
        Namespace.RATE: 300.0,
        Namespace.CURRENCIES: 86_400.0,
        Namespace.RECIPIENT: 300.0,
        Namespace.PROFILE: 300.0,
        Namespace.BALANCE: 30.0,
        Namespace.TRANSACTIONS: 30.0,
    }
)
LONG_TTL_S: Mapping[Namespace, float] = MappingProxyType(
    {
        **SHORT_TTL_S,
        Namespace.PRICE: 900.0,
        Namespace.RATE: 1_800.0,
        Namespace.RECIPIENT: 3_600.0,
        Namespace.PROFILE: 3_600.0,
    }
)
