"""People are kept apart, and nothing grows for ever."""

import re
from collections.abc import Iterator

from profiles.simulate.history import Dealt, Effect, Event, History, Left, Lives, Said, Wrote
from profiles.simulate.judges.claims import Deals, cents_in
from profiles.simulate.judges.news import NEWS
from profiles.simulate.judges.verdict import Finding, Verdict
from profiles.simulate.people import BALANCE_STEP_CENTS

__all__ = ["bounded", "kept_apart"]

_WORDS = re.compile(r"\b(?:usr|ctc|mem)[b-z]{4}\b|\b1876[0-9]{7}\b")


def kept_apart(history: History) -> Verdict:
    """Looks in each reply for an address, an amount, a balance, a name, a note or a number of somebody else."""
    marks = _Marks(history)
    said = history.of(Said)
    findings = [Finding(what, (one, *proof)) for one in said for what, proof in marks.strange(one)]
    return Verdict(len(said), tuple(findings))


class _Marks:
    """By what each user is known, and who may see it."""

    def __init__(self, history: History) -> None:
        self._deals = Deals(history)
        self._author = {wrote.message: wrote for wrote in history.of(Wrote)}
        self._made: dict[int, list[Effect]] = {}
        for effect in history.of(Effect):
            self._made.setdefault(effect.cents, []).append(effect)
        self._seers: dict[str, set[str]] = {}
        self._balance_of: dict[int, str] = {}
        names: dict[str, str] = {}
        for one in history.of(Lives):
            names[one.user] = one.username
            self._may_see(one.user, one.username, one.contact, one.contact_phone, one.user)
            self._balance_of[round(one.balance_cents / BALANCE_STEP_CENTS)] = one.user
        for deal in history.of(Dealt):
            self._may_see(deal.payer, deal.memo)
            self._may_see(deal.payee or "", deal.memo, names.get(deal.payer, ""))  # who pays somebody is known to them
        for wrote in history.of(Wrote):
            self._may_see(wrote.user, *_WORDS.findall(wrote.text))

    def _may_see(self, user: str, *marks: str) -> None:
        for mark in marks:
            self._seers.setdefault(mark, set()).add(user)

    def strange(self, said: Said) -> Iterator[tuple[str, tuple[Event, ...]]]:
        """What in a reply its reader should not see."""
        asked = self._author.get(said.about)
        if not NEWS.search(said.text) and (asked is None or asked.user != said.to):
            yield "a reply went to somebody else", (asked,) if asked else ()
        for mark in _WORDS.findall(said.text):
            if said.to not in self._seers.get(mark, ()):
                yield f"a user was told {mark!r}, which is somebody else's", ()
        for cents in cents_in(said.text):
            yield from self._strange_amount(said.to, cents)

    def _strange_amount(self, reader: str, cents: int) -> Iterator[tuple[str, tuple[Event, ...]]]:
        deals = self._deals.by_cents.get(cents, ())
        if deals and not any(reader in {one.payer, one.payee} for one in (*deals, *self._made.get(cents, ()))):
            yield "a user was told of somebody else's payment", tuple(deals)
        if cents > BALANCE_STEP_CENTS // 2 and self._balance_of.get(round(cents / BALANCE_STEP_CENTS)) != reader:
            yield "a user was told somebody else's balance", ()


def bounded(history: History) -> Verdict:
    """Looks at what is left when all is over."""
    left = history.of(Left)
    findings = [
        Finding(f"{one.count} {one.what}, and at most {one.limit} may be left", (one,))
        for one in left
        if one.count > one.limit
    ]
    return Verdict(len(left), tuple(findings))
