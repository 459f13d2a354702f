"""Who lives in a world, and the amounts and words by which everything of theirs is told apart.

Nobody's balance looks like anybody's payment: payments are below a hundred dollars, and balances are a million dollars
apart. Words that belong to one user have one length, so that none is a part of another.
"""

import random
from collections.abc import Iterator

import msgspec

from service.sandbox.accounts import wa_id
from service.sandbox.world import Person

__all__ = ["BALANCE_STEP_CENTS", "USERS", "Somebody", "amounts", "everybody", "word"]

USERS = 20
BALANCE_STEP_CENTS = 100_000_000
_FIRST_PHONE = 18_763_100_000
_LEAST_CENTS, _MOST_CENTS, _APART_CENTS = 103, 9_990, 3
_LETTERS = "bcdfghjklmnpqrstvwxz"
_PAST = frozenset({150, 300, 500, 750, 1_000, 1_225, 2_000, 4_250})
"""What the simulated Flash makes up as movements of earlier days."""


class Somebody(msgspec.Struct, frozen=True):
    """A user: `number` counts from 0, `knows` is the number of the one saved as `contact`."""

    number: int
    username: str
    phone: str
    contact: str
    knows: int

    @property
    def wa_id(self) -> str:
        """WhatsApp's id."""
        return wa_id(self.phone)

    @property
    def balance_cents(self) -> int:
        """At the beginning."""
        return (self.number + 1) * BALANCE_STEP_CENTS

    @property
    def person(self) -> Person:
        """As the simulated Flash knows them."""
        return Person(self.username, self.phone, self.username, cents=self.balance_cents)


def word(prefix: str, number: int) -> str:
    """A word of the prefix and four letters, another one for each number."""
    letters = ""
    for _ in range(4):
        number, place = divmod(number, len(_LETTERS))
        letters = _LETTERS[place] + letters
    return prefix + letters


def everybody(count: int = USERS) -> tuple[Somebody, ...]:
    """The users; each has saved the one after the next as a contact."""
    return tuple(
        Somebody(n, word("usr", n), f"+{_FIRST_PHONE + n}", word("ctc", n), (n + 2) % count) for n in range(count)
    )


def amounts(dice: random.Random) -> Iterator[int]:
    """Amounts in cents, each once, and no two so near that rounding could make one of the other."""
    every = [cents for cents in range(_LEAST_CENTS, _MOST_CENTS, _APART_CENTS) if not _is_past(cents)]
    dice.shuffle(every)
    return iter(every)


def _is_past(cents: int) -> bool:
    return any(abs(cents - past) < _APART_CENTS for past in _PAST)
