"""Money: never twice, never a false word about it, and one truth in both ledgers."""

from profiles.simulate.history import Effect, Event, Faulted, History, Stored, Wrote
from profiles.simulate.judges.claims import Claim, Deals, claims, effects_of
from profiles.simulate.judges.verdict import Finding, Verdict

__all__ = ["at_most_once", "ledgers_agree", "no_false_word"]

_NOT_PAID = frozenset({"rejected", "withdrawn", "proposed"})
_UNDECIDED = frozenset({"confirmed", "intended", "unknown"})


def at_most_once(history: History) -> Verdict:
    """Counts what was taken for each invoice, and for each payer and amount.

    All of it must have been asked for, and go to whom it was asked for.
    """
    deals = Deals(history)
    taken: dict[tuple[str, ...], list[Event]] = {}
    for effect in history.of(Effect):
        key = (effect.payment_hash,) if effect.payment_hash else (effect.payer, str(effect.cents))
        taken.setdefault(key, []).append(effect)
    findings = [
        Finding(f"{len(events)} payments were made of one: {' '.join(key)}", tuple(events))
        for key, events in taken.items()
        if len(events) > 1
    ]
    findings += [Finding(wrong, (effect,)) for effect in history.of(Effect) if (wrong := _misdirected(effect, deals))]
    return Verdict(len(taken), tuple(findings))


def _misdirected(effect: Effect, deals: Deals) -> str | None:
    deal = deals.find(effect.payer, effect.cents)
    if deal is None:
        return "money was taken that its payer never asked to pay"
    return None if deal.payee in {None, effect.payee} else "money went to somebody else"


def no_false_word(history: History) -> Verdict:
    """Compares every "paid" with what had arrived by then, and every "not paid" with what was taken by the end.

    Where Flash itself lied, an alarm has to take the "paid" back. Where the store has forgotten what it acknowledged
    between a payment and the word, it may be the payment that it forgot: then nobody here knows of it any more.
    """
    effects, forgot, alarmed = history.of(Effect), _forgot(history), _alarmed(history)
    final = [claim for claim in claims(history) if claim.kind in {"paid", "not-paid"}]
    findings = []
    for claim in final:
        deal = claim.deal
        made = effects_of(deal.payer, deal.cents, deal.payment_hash, effects)
        if _is_forgotten(claim, made, forgot):
            continue
        if wrong := _false(claim, made, is_alarmed=(deal.payer, deal.cents) in alarmed):
            findings.append(Finding(wrong, (deal, *made, claim.said)))
    return Verdict(len(final), tuple(findings))


def _forgot(history: History) -> list[float]:
    """When the store forgot what it had acknowledged."""
    return [fault.at_s for fault in history.of(Faulted) if fault.kind == "tail"]


def _alarmed(history: History) -> set[tuple[str, int]]:
    """Payments, by payer and amount, of which Flash lied and an alarm says so."""
    lied_to = _lied_to(history)
    return {(one.user, one.cents) for one in history.of(Stored) if one.alarm is not None and one.user in lied_to}


def _is_forgotten(claim: Claim, made: list[Effect], forgot: list[float]) -> bool:
    return claim.kind == "not-paid" and any(one.at_s <= at_s <= claim.said.at_s for one in made for at_s in forgot)


def _false(claim: Claim, made: list[Effect], *, is_alarmed: bool) -> str | None:
    if claim.kind == "not-paid":
        return "the user was told “not paid”, and it was" if made else None
    if is_alarmed or _has_arrived(made, claim.said.at_s):
        return None
    return "the user was told “paid”, and it was not"


def ledgers_agree(history: History) -> Verdict:
    """Compares every payment in our store with what was taken, and the other way round."""
    effects, payments = history.of(Effect), history.of(Stored)
    lied_to, yeses = _lied_to(history), _yeses(history)
    findings = []
    for stored in payments:
        taken = _taken(stored, effects)
        if wrong := _wrong(stored, taken, was_lied_to=stored.user in lied_to, yeses=yeses):
            findings.append(Finding(wrong, (stored, *taken)))
    known = {effect for stored in payments for effect in _taken(stored, effects)}
    findings += [Finding("money was taken that our ledger knows nothing of", (e,)) for e in effects if e not in known]
    return Verdict(len(payments) + len(effects), tuple(findings))


def _wrong(stored: Stored, taken: list[Effect], *, was_lied_to: bool, yeses: set[tuple[str, str]]) -> str | None:
    if stored.state in _UNDECIDED:
        return f"a payment is still {stored.state} when all is over"
    if stored.state == "settled" and not _has_arrived(taken, stored.at_s) and not (stored.alarm and was_lied_to):
        return "our ledger says settled, and nothing has arrived"
    return _wrongly_taken(stored, yeses) if taken else None


def _wrongly_taken(stored: Stored, yeses: set[tuple[str, str]]) -> str | None:
    if stored.state in _NOT_PAID:
        return f"our ledger says {stored.state}, and it was taken"
    return None if (stored.user, stored.confirmed_by or "") in yeses else "it was taken, and its payer never said yes"


def _yeses(history: History) -> set[tuple[str, str]]:
    """Who said yes, and in which message."""
    return {
        (wrote.user, wrote.message)
        for wrote in history.of(Wrote)
        if (":yes:" in wrote.button if wrote.button else wrote.text == "yes")
    }


def _lied_to(history: History) -> set[str]:
    """Users whose payment Flash has called successful though nothing moved."""
    return {fault.whom for fault in history.of(Faulted) if fault.kind == "lie-paid"}


def _has_arrived(effects: list[Effect], by_s: float) -> bool:
    return any(effect.arrives_at_s is not None and effect.arrives_at_s <= by_s for effect in effects)


def _taken(stored: Stored, effects: list[Effect]) -> list[Effect]:
    return effects_of(stored.user, stored.cents, stored.payment_hash, effects)
