"""What recipients are told unasked: only of payments that were made, only of theirs, and once."""

import re
from collections.abc import Iterator

from profiles.simulate.faults import CHAT
from profiles.simulate.history import Dealt, Effect, Ended, Faulted, History, Lives, Said
from profiles.simulate.judges.claims import cents_in
from profiles.simulate.judges.verdict import Finding, Verdict

__all__ = ["NEWS", "told_truly"]

NEWS = re.compile(r"^You received ")
"""How word of a payment to somebody begins."""

_SENT_AGAIN_S = 60.0  # a message that WhatsApp took without saying so is sent again within this time


def told_truly(history: History) -> Verdict:
    """Compares every “you received” with what had arrived for its reader by then, and with what they had been told.

    Where Flash itself lied to the payer, the recipient hears the lie. A message that WhatsApp took while it could not
    say so, or as the process ended, comes twice: that is WhatsApp's copy of one message, like any reply's.
    """
    news, facts = [said for said in history.of(Said) if NEWS.search(said.text)], _Facts(history)
    findings = [Finding(wrong, (said,)) for said in news if (wrong := facts.untrue(said))]
    findings += [Finding("a recipient was told of one payment again", both) for both in _repeated(news, history)]
    return Verdict(len(news), tuple(findings))


class _Facts:
    """Who meant to pay whom, and what arrived. By amount and payee, as amounts are unique."""

    def __init__(self, history: History) -> None:
        self._names = {one.user: one.username for one in history.of(Lives)}
        self._lied_to = {fault.whom for fault in history.of(Faulted) if fault.kind == "lie-paid"}
        self._deals: dict[tuple[str | None, int], Dealt] = {
            (deal.payee, deal.cents): deal for deal in history.of(Dealt) if deal.payment_hash is None
        }
        self._arrived = {(one.payee, one.cents): one.arrives_at_s for one in history.of(Effect)}

    def untrue(self, said: Said) -> str | None:
        """What is wrong with a word to a recipient."""
        what = (said.to, sum(cents_in(said.text)))  # there is one amount
        deal = self._deals.get(what)
        if deal is None:
            return "a recipient was told of a payment that nobody meant to make to them"
        if f"@{self._names.get(deal.payer)}" not in said.text:
            return "a recipient was told the name of somebody who did not pay them"
        arrived_at_s = self._arrived.get(what)
        if deal.payer in self._lied_to or (arrived_at_s is not None and arrived_at_s <= said.at_s):
            return None
        return "a recipient was told of a payment that had not been made"


def _repeated(news: list[Said], history: History) -> Iterator[tuple[Said, Said]]:
    told: dict[tuple[str, str], Said] = {}
    for said in news:
        before = told.get((said.to, said.text))
        if before is not None and not _sent_again(before, said, history):
            yield before, said
        told[said.to, said.text] = said


def _sent_again(before: Said, said: Said, history: History) -> bool:
    """Whether something came between WhatsApp's taking the message and our knowing so."""
    since_s = before.at_s - _SENT_AGAIN_S
    moments_s = [ended.at_s for ended in history.of(Ended)]
    moments_s += [one.at_s for one in history.of(Faulted) if one.kind in CHAT and one.whom in {"", said.to}]
    return any(since_s <= at_s <= said.at_s for at_s in moments_s)
