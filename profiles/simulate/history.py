"""What happened in a world, as a list that only grows: the judges see this and nothing else.

Times are virtual seconds since the world began. People are their WhatsApp ids. Every event is a fact that somebody
outside of the bot could have seen; `Stored` and `Left` are looked up in the store when all is over.
"""

import hashlib
from typing import Any, TypeVar

import msgspec

__all__ = [
    "Booted",
    "Dealt",
    "Delivered",
    "Effect",
    "Ended",
    "Event",
    "Faulted",
    "History",
    "Left",
    "Lives",
    "Placed",
    "Posted",
    "Said",
    "Stored",
    "Wrote",
]


class Lives(msgspec.Struct, frozen=True, tag=True):
    """A user of this world, and what is theirs alone."""

    at_s: float
    user: str
    username: str
    contact: str
    contact_phone: str
    balance_cents: int


class Dealt(msgspec.Struct, frozen=True, tag=True):
    """A user is about to ask for a payment of an amount that nobody else of this world uses.

    `payee` is None for one whose payee is not a user; `payment_hash` is that of the invoice.
    """

    at_s: float
    payer: str
    payee: str | None
    cents: int
    memo: str
    payment_hash: str | None = None


class Wrote(msgspec.Struct, frozen=True, tag=True):
    """A user sent a message; `payment` when it is a tap on a payment's button."""

    at_s: float
    user: str
    message: str
    text: str
    button: str | None = None


class Posted(msgspec.Struct, frozen=True, tag=True):
    """WhatsApp posts messages to the bot, for the first time or again."""

    at_s: float
    post: int
    messages: tuple[str, ...]


class Delivered(msgspec.Struct, frozen=True, tag=True):
    """How a post was answered: an HTTP status, 0 when the connection broke or nothing came."""

    at_s: float
    post: int
    status: int


class Effect(msgspec.Struct, frozen=True, tag=True):
    """Money was taken from a payer's wallet: the one truth about payments.

    It arrives at `arrives_at_s`; None when it is on its way for ever.
    """

    at_s: float
    payer: str
    payee: str | None
    cents: int
    payment_hash: str | None
    memo: str | None
    arrives_at_s: float | None


class Said(msgspec.Struct, frozen=True, tag=True):
    """WhatsApp took a message of the bot; `about` is the id of the user's message that it answers."""

    at_s: float
    to: str
    about: str
    text: str


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A life of the process is over. `states` are those of the payments that were not decided."""

    at_s: float
    epoch: int
    how: str
    states: tuple[str, ...] = ()


class Booted(msgspec.Struct, frozen=True, tag=True):
    """A new process begins, or tries to; `is_up` when it has started."""

    at_s: float
    epoch: int
    is_up: bool


class Faulted(msgspec.Struct, frozen=True, tag=True):
    """Something went wrong outside of the bot, until `until_s`.

    `whom` is the user whose call it hit, "" when it may hit anybody. `states` are those of the undecided payments
    at this moment; for a fault of one payment's call, that one's.
    """

    at_s: float
    kind: str
    until_s: float
    whom: str = ""
    states: tuple[str, ...] = ()
    detail: str = ""


class Placed(msgspec.Struct, frozen=True, tag=True):
    """Where in the order of acceptance the store has put a message; `place` counts from 0."""

    at_s: float
    message: str
    place: int


class Stored(msgspec.Struct, frozen=True, tag=True):
    """A payment as the store has it at the end."""

    at_s: float
    payment: str
    user: str
    cents: int
    state: str
    payment_hash: str | None
    confirmed_by: str | None
    alarm: str | None = None
    is_queued: bool = False


class Left(msgspec.Struct, frozen=True, tag=True):
    """Something that should not be there for ever, and how much of it there is at the end."""

    at_s: float
    what: str
    count: int
    limit: int
    names: tuple[str, ...] = ()


Event = Lives | Dealt | Wrote | Posted | Delivered | Effect | Said | Ended | Booted | Faulted | Placed | Stored | Left

E = TypeVar("E", bound=Any)


class History:
    """The events of one world, in the order in which they happened."""

    def __init__(self, events: list[Event] | None = None) -> None:
        self.events: list[Event] = events if events is not None else []

    def add(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if type(event) is kind]

    def digest(self) -> str:
        """The hash of all of it: two worlds with the same one were the same."""
        return hashlib.sha256(msgspec.json.encode(self.events)).hexdigest()
