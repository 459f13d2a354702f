"""Money in integers: every movement takes from one balance what it gives to another.

Balances are cents for "USD" and sats for "BTC". All money comes from a house account, which is the only kind that
may be negative: the sum over everything is always zero, in each currency.
"""

from collections import deque
from collections.abc import Iterator
from typing import Literal

import msgspec

__all__ = ["Entry", "InsufficientFunds", "Ledger", "Unit"]

Unit = Literal["USD", "BTC"]

_JOURNAL_LENGTH = 10_000


class InsufficientFunds(Exception):
    """The paying balance is too low; nothing moved."""


class Entry(msgspec.Struct, frozen=True):
    """One movement of `amount` cents or sats out of `debit` and into `credit`."""

    at_s: float
    debit: str
    credit: str
    unit: Unit
    amount: int
    reason: str


class Ledger:
    """Balances by name: wallets (may not go below zero) and the sandbox's own accounts (may).

    The journal keeps the latest movements only.
    """

    def __init__(self) -> None:
        self.journal: deque[Entry] = deque(maxlen=_JOURNAL_LENGTH)
        self._wallets: dict[Unit, dict[str, int]] = {"USD": {}, "BTC": {}}
        self._own: dict[Unit, dict[str, int]] = {"USD": {}, "BTC": {}}

    def open_wallet(self, wallet_id: str, unit: Unit, amount: int = 0) -> None:
        """A wallet with money from the house. Raises ValueError when it exists or the amount is negative."""
        if wallet_id in self._wallets[unit] or amount < 0:
            raise ValueError(f"cannot open wallet {wallet_id} with {amount}")
        self._wallets[unit][wallet_id] = amount
        self._own[unit]["house"] = self._own[unit].get("house", 0) - amount

    def balance(self, name: str, unit: Unit = "USD") -> int:
        """Cents or sats; 0 for a name that nothing ever moved through."""
        wallets = self._wallets[unit]
        return wallets[name] if name in wallets else self._own[unit].get(name, 0)

    def move(self, entry: Entry) -> None:
        """Carries the movement out.

        Raises InsufficientFunds when a wallet has less than the amount, ValueError when the amount is not positive.
        """
        if entry.amount <= 0:
            raise ValueError("only positive amounts move")
        if entry.debit in self._wallets[entry.unit] and self._wallets[entry.unit][entry.debit] < entry.amount:
            raise InsufficientFunds(entry.debit)
        self._change(entry.debit, entry.unit, -entry.amount)
        self._change(entry.credit, entry.unit, entry.amount)
        self.journal.append(entry)

    def total(self, unit: Unit) -> int:
        """The sum over all wallets and own accounts: zero, always."""
        return sum(self._wallets[unit].values()) + sum(self._own[unit].values())

    def wallets(self, unit: Unit) -> Iterator[tuple[str, int]]:
        """Wallet ids and what they hold."""
        return iter(self._wallets[unit].items())

    def own_accounts(self, unit: Unit) -> dict[str, int]:
        """The sandbox's own accounts: house, lightning, fees, held, exchange."""
        return dict(self._own[unit])

    def _change(self, name: str, unit: Unit, by: int) -> None:
        book = self._wallets[unit] if name in self._wallets[unit] else self._own[unit]
        book[name] = book.get(name, 0) + by
