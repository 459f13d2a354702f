"""What a wallet's owner sees of its movements."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, overload

import msgspec

from service.sandbox.ledger import Unit

__all__ = ["Joined", "LongPast", "Row", "Statements"]

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


class LongPast(Sequence[Row]):
    """A long past, newest first, of which no row is kept: each is made by its place when it is looked at.

    The last 8 digits of a row's id are its place.
    """

    def __init__(self, length: int, make: Callable[[int], Row]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        places = range(self._length)[place]
        return self._make(places) if isinstance(places, int) else [self._make(one) for one in places]

    def place_of(self, row_id: str) -> int | None:
        """Where the row of this id is."""
        digits = row_id[-8:]
        place = int(digits) if digits.isascii() and digits.isdigit() else self._length
        return place if place < self._length and self[place].id == row_id else None


class Joined(Sequence[Row]):
    """Lists one after the other, looked at only where they are asked for."""

    def __init__(self, parts: Sequence[Sequence[Row]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        places = range(len(self))[place]
        return self._at(places) if isinstance(places, int) else [self._at(one) for one in places]

    def place_of(self, row_id: str) -> int | None:
        """Where the row of this id is."""
        before = 0
        for part in self._parts:
            found = part.place_of(row_id) if isinstance(part, LongPast) else _place_in(part, row_id)
            if found is not None:
                return before + found
            before += len(part)
        return None

    def _at(self, place: int) -> Row:
        for part in self._parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(place)


class Statements:
    """The latest 200 rows of each wallet, and behind them what was before the sandbox started.

    `past` gives the past of a wallet, oldest first; it is asked once, when the wallet is first looked at, so that a
    world of many users costs nothing for those who never show up. `long_past` is asked for every look.
    """

    def __init__(self) -> None:
        self._rows: dict[str, deque[Row]] = {}
        self._past: Callable[[str], Sequence[Row]] | None = None
        self._long_past: Callable[[str], LongPast | None] | None = None

    def use_past(
        self, past: Callable[[str], Sequence[Row]], long_past: Callable[[str], LongPast | None] | None = None
    ) -> None:
        self._past, self._long_past = past, long_past

    def add(self, row: Row) -> None:
        self._of(row.wallet_id).append(row)

    def newest_first(self, wallet_ids: Sequence[str]) -> Joined:
        """The wallets' lists, one after the other."""
        return Joined([part for wallet_id in wallet_ids for part in self._parts(wallet_id)])

    def _parts(self, wallet_id: str) -> list[Sequence[Row]]:
        latest: list[Sequence[Row]] = [list(reversed(self._of(wallet_id)))]
        long_past = self._long_past(wallet_id) if self._long_past else None
        return latest if long_past is None else [*latest, long_past]

    def _of(self, wallet_id: str) -> deque[Row]:
        rows = self._rows.get(wallet_id)
        if rows is None:
            past = self._past(wallet_id) if self._past else ()
            rows = self._rows[wallet_id] = deque(past, maxlen=_ROWS_PER_WALLET)
        return rows


def _place_in(rows: Sequence[Row], row_id: str) -> int | None:
    return next((place for place, row in enumerate(rows) if row.id == row_id), None)
