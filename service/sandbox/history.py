"""A few movements from before the sandbox started, so that nobody's history is empty."""

import random

from service.sandbox.accounts import Directory, stable_id
from service.sandbox.prices import Prices
from service.sandbox.statements import Row

__all__ = ["History"]

_MAX_ROWS = 8
_MAX_AGE_S = 60 * 86_400
_CENTS = (150, 300, 500, 750, 1_000, 1_225, 2_000, 4_250)


class History:
    """Makes up the past of a dollar wallet from its id alone; it is part of the opening balance, not of the ledger."""

    def __init__(self, seed: int, started_at_s: float, directory: Directory, prices: Prices) -> None:
        self._seed = seed
        self._started_at_s = int(started_at_s)
        self._directory = directory
        self._prices = prices

    def rows(self, wallet_id: str) -> list[Row]:
        """Oldest first; none for a wallet that holds no dollars or is unknown."""
        account = self._directory.by_wallet(wallet_id)
        if account is None or account.usd_wallet_id != wallet_id:
            return []
        dice = random.Random(f"{self._seed}|{wallet_id}")
        ages_s = sorted((dice.randrange(600, _MAX_AGE_S) for _ in range(dice.randrange(_MAX_ROWS))), reverse=True)
        return [self._row(wallet_id, account.display_currency, age_s, dice) for age_s in ages_s]

    def _row(self, wallet_id: str, currency: str, age_s: int, dice: random.Random) -> Row:
        created_at_s = self._started_at_s - age_s
        cents = dice.choice(_CENTS) * (1 if dice.random() < 0.5 else -1)  # noqa: PLR2004 - as often in as out
        return Row(
            id=stable_id(f"past:{wallet_id}:{age_s}"),
            wallet_id=wallet_id,
            unit="USD",
            amount=cents,
            fee=0,
            created_at_s=created_at_s,
            display_amount=self._prices.display_amount(cents, currency, created_at_s),
            display_fee=self._prices.display_amount(0, currency, created_at_s),
            display_currency=currency,
        )
