"""Movements from before the sandbox started: a few, so that nobody's history is empty, and very many for some."""

import random
from functools import partial
from typing import Protocol

from service.sandbox.accounts import Account, Directory, stable_id
from service.sandbox.prices import Prices
from service.sandbox.statements import LongPast, Row

__all__ = ["History"]

_MAX_ROWS = 8
_MAX_AGE_S = 60 * 86_400
_LONG_EVERY_S = 1_800
_CENTS = (150, 300, 500, 750, 1_000, 1_225, 2_000, 4_250)


class _Past(Protocol):
    """What is known of those who had wallets before."""

    @property
    def accounts(self) -> Directory: ...

    @property
    def past_rows(self) -> dict[str, int]:
        """How many movements a dollar wallet had, where that is very many."""


class History:
    """Makes up the past of a dollar wallet from its id alone; it is part of the opening balance, not of the ledger."""

    def __init__(self, seed: int, started_at_s: float, known: _Past, prices: Prices) -> None:
        self._seed = seed
        self._started_at_s = int(started_at_s)
        self._known = known
        self._prices = prices

    def rows(self, wallet_id: str) -> list[Row]:
        """Oldest first; none for a wallet that holds no dollars, is unknown, or has a long past."""
        account = self._known.accounts.by_wallet(wallet_id)
        if account is None or account.usd_wallet_id != wallet_id or wallet_id in self._known.past_rows:
            return []
        dice = random.Random(f"{self._seed}|{wallet_id}")
        ages_s = sorted((dice.randrange(600, _MAX_AGE_S) for _ in range(dice.randrange(_MAX_ROWS))), reverse=True)
        return [self._row(account, age_s, dice) for age_s in ages_s]

    def long_past(self, wallet_id: str) -> LongPast | None:
        """One movement every half an hour, for those who have a long past."""
        account = self._known.accounts.by_wallet(wallet_id)
        length = self._known.past_rows.get(wallet_id, 0)
        return LongPast(length, partial(self._old_row, account)) if account and length else None

    def _row(self, account: Account, age_s: int, dice: random.Random) -> Row:
        cents = dice.choice(_CENTS) * (1 if dice.random() < 0.5 else -1)  # noqa: PLR2004 - as often in as out
        return self._make(account, stable_id(f"past:{account.usd_wallet_id}:{age_s}"), age_s, cents)

    def _old_row(self, account: Account, place: int) -> Row:
        """By arithmetic alone, as a statement looks at tens of thousands of them."""
        cents = _CENTS[place % len(_CENTS)] + place % 97
        row_id = f"{account.usd_wallet_id[:27]}-{place:08}"
        return self._make(account, row_id, (place + 1) * _LONG_EVERY_S, cents if place % 2 else -cents)

    def _make(self, account: Account, row_id: str, age_s: int, cents: int) -> Row:
        created_at_s, currency = self._started_at_s - age_s, account.display_currency
        return Row(
            id=row_id,
            wallet_id=account.usd_wallet_id,
            unit="USD",
            amount=cents,
            fee=0,
            created_at_s=created_at_s,
            display_amount=self._prices.display_amount(cents, currency, created_at_s),
            display_fee=self._prices.display_amount(0, currency, created_at_s),
            display_currency=currency,
        )
