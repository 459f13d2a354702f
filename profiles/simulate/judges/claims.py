"""What the bot's words claim about payments, and which payment they mean: amounts are unique, so they say which."""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from profiles.simulate.history import Dealt, Effect, History, Said

__all__ = ["Claim", "Deals", "cents_in", "claims", "effects_of"]

Kind = Literal["paid", "not-paid", "checking", "human"]

_AMOUNT = re.compile(r"\$([0-9,]+\.[0-9]{2})")
_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("not-paid", re.compile(r"\*not paid\*")),
    ("checking", re.compile(r"\*still checking\*")),
    ("human", re.compile(r"\*person is looking into it\*")),
    ("paid", re.compile(r"^(Paid|Paid before):")),
)


class Claim(msgspec.Struct, frozen=True):
    """Something that was said of one payment."""

    kind: Kind
    deal: Dealt
    said: Said


class Deals:
    """Payments that were asked for, by payer and amount. An invoice's amount may be a cent off: it is in sats."""

    def __init__(self, history: History) -> None:
        self.by_cents: dict[int, list[Dealt]] = {}
        for deal in history.of(Dealt):
            around = (deal.cents - 1, deal.cents, deal.cents + 1) if deal.payment_hash else (deal.cents,)
            for cents in around:
                self.by_cents.setdefault(cents, []).append(deal)

    def find(self, payer: str, cents: int) -> Dealt | None:
        """The payer's payment of this amount."""
        return next((deal for deal in self.by_cents.get(cents, ()) if deal.payer == payer), None)


def cents_in(text: str) -> list[int]:
    """All amounts in dollars."""
    return [int(found.replace(",", "").replace(".", "")) for found in _AMOUNT.findall(text)]


def claims(history: History) -> Iterator[Claim]:
    """Everything that the bot said of how a payment stands."""
    deals = Deals(history)
    for said in history.of(Said):
        kind = next((kind for kind, words in _WORDS if words.search(said.text)), None)
        amounts = cents_in(said.text) if kind else []
        deal = deals.find(said.to, amounts[0]) if amounts else None
        if kind is not None and deal is not None:
            yield Claim(kind, deal, said)


def effects_of(payer: str, cents: int, payment_hash: str | None, effects: list[Effect]) -> list[Effect]:
    """The payments that were made of one that was asked for: of an invoice whoever paid it."""
    return [
        effect
        for effect in effects
        if (effect.payer == payer and abs(effect.cents - cents) <= (effect.payment_hash is not None))
        or (payment_hash is not None and effect.payment_hash == payment_hash)
    ]
