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
    news = [said for said in history.of(Said) if NEWS.search(said.text)]
    findings = [Finding(wrong, (said,)) for said in news if (wrong := _untrue(said, history))]
    findings += [Finding("a recipient was told of one payment again", both) for both in _repeated(news, history)]
    return Verdict(len(news), tuple(findings))


def _untrue(said: Said, history: History) -> str | None:
    amounts = cents_in(said.text)
    paid = [deal for deal in history.of(Dealt) if amounts == [deal.cents] and deal.payment_hash is None]
    if not any(deal.payee == said.to for deal in paid):
        return "a recipient was told of a payment that nobody meant to make to them"
    names = {one.user: one.username for one in history.of(Lives)}
    if not any(f"@{names.get(deal.payer)}" in said.text for deal in paid):
        return "a recipient was told the name of somebody who did not pay them"
    if {deal.payer for deal in paid} & _lied_to(history):
        return None
    made = (effect for effect in history.of(Effect) if effect.payee == said.to and [effect.cents] == amounts)
    if any(effect.arrives_at_s is not None and effect.arrives_at_s <= said.at_s for effect in made):
        return None
    return "a recipient was told of a payment that had not been made"


def _lied_to(history: History) -> set[str]:
    return {fault.whom for fault in history.of(Faulted) if fault.kind == "lie-paid"}


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
    ends = any(since_s <= ended.at_s <= said.at_s for ended in history.of(Ended))
    return ends or any(
        fault.kind in CHAT and fault.whom in {"", said.to} and since_s <= fault.at_s <= said.at_s
        for fault in history.of(Faulted)
    )
