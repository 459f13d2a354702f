"""What a wallet's owner sees of its movements."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from service.sandbox.ledger import Unit

__all__ = ["Row", "Statements"]

_ROWS_PER_WALLET = 200


class Row(msgspec.Struct, frozen=True):
    """One movement. `amount` and `fee` are cents or sats; `amount` is negative for what was sent, fee included.

    `display_amount` and `display_fee` are in major units of the owner's currency, at the price of that time.
    """

    id: str
    wallet_id: str
    unit: Unit
    amount: int
    fee: int
    created_at_s: int
    display_amount: str
    display_fee: str
    display_currency: str
    memo: str | None = None
    payment_hash: str | None = None
    payment_request: str | None = None

    @property
    def direction(self) -> Literal["SEND", "RECEIVE"]:
        return "SEND" if self.amount < 0 else "RECEIVE"


class Statements:
    """The latest 200 rows of each wallet.

    `past` gives what happened in a wallet before the sandbox started, oldest first; it is asked once, when the wallet
    is first looked at, so that a world of many users costs nothing for those who never show up.
    """

    def __init__(self) -> None:
        self._rows: dict[str, deque[Row]] = {}
        self._past: Callable[[str], Sequence[Row]] | None = None

    def use_past(self, past: Callable[[str], Sequence[Row]]) -> None:
        self._past = past

    def add(self, row: Row) -> None:
        self._of(row.wallet_id).append(row)

    def newest_first(self, wallet_id: str) -> list[Row]:
        return list(reversed(self._of(wallet_id)))

    def _of(self, wallet_id: str) -> deque[Row]:
        rows = self._rows.get(wallet_id)
        if rows is None:
            past = self._past(wallet_id) if self._past else ()
            rows = self._rows[wallet_id] = deque(past, maxlen=_ROWS_PER_WALLET)
        return rows
