"""The people of a trace: the state of the world before its first message."""

import msgspec

from profiles.chance import Chance, Weights
from profiles.phrases import CONTACT_NAMES
from profiles.workload_model import Users

__all__ = ["Member", "SavedContact", "draw_population"]

_FIRST_PHONE = 18_763_000_000
"""A range of Jamaican mobile numbers, as long as phone numbers are checked for being valid."""


class SavedContact(msgspec.Struct, frozen=True):
    """A name that a user has saved for another one's phone number."""

    name: str
    member: int


class Member(msgspec.Struct, frozen=True):
    """One user; `sender` is what WhatsApp calls them, `cents` their balance, `linked` whether the bot knows them.

    `past_rows`, where it is set, is how many movements they had before: more than any workload draws.
    """

    username: str
    phone: str
    currency: str
    cents: int
    linked: bool
    contacts: tuple[SavedContact, ...] = ()
    past_rows: int = 0

    @property
    def sender(self) -> str:
        """WhatsApp's identity of the user: the digits of the phone number."""
        return self.phone.removeprefix("+")


def draw_population(users: Users, chance: Chance) -> tuple[Member, ...]:
    """The members by index, most active first.

    Balances are far above what a trace can spend: whether a payment goes through must not depend on which of two
    messages is answered first.
    """
    currencies = sorted(users.currencies)
    weights = Weights(users.currencies[currency] for currency in currencies)
    return tuple(
        Member(
            username=f"u{index:05d}",
            phone=f"+{_FIRST_PHONE + index}",
            currency=currencies[chance.pick(weights)],
            cents=500_000 + chance.below(400) ** 2,
            linked=chance.happens(users.linked_share),
            contacts=_contacts(users, index, chance),
        )
        for index in range(users.count)
    )


def _contacts(users: Users, owner: int, chance: Chance) -> tuple[SavedContact, ...]:
    """Contacts under names that differ, none of them oneself."""
    wanted = chance.geometric(users.contacts + 1) - 1
    names = chance.shuffle(len(CONTACT_NAMES))[:wanted]
    others = [chance.below(users.count - 1) for _ in names]
    return tuple(
        SavedContact(CONTACT_NAMES[name], other + (other >= owner)) for name, other in zip(names, others, strict=True)
    )
