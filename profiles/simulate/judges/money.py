"""Money: never twice, never a false word about it, and one truth in both ledgers."""

from profiles.simulate.history import Effect, Event, History, Stored
from profiles.simulate.judges.claims import Deals, claims, effects_of
from profiles.simulate.judges.verdict import Finding, Verdict

__all__ = ["at_most_once", "ledgers_agree", "no_false_word"]

_NOT_PAID = frozenset({"rejected", "withdrawn", "proposed"})
_UNDECIDED = frozenset({"confirmed", "intended", "unknown"})


def at_most_once(history: History) -> Verdict:
    """Counts what was taken for each invoice, and for each payer and amount; all of it must have been asked for."""
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
    findings += [
        Finding("money was taken that its payer never asked to pay", (effect,))
        for effect in history.of(Effect)
        if deals.find(effect.payer, effect.cents) is None
    ]
    return Verdict(len(taken), tuple(findings))


def no_false_word(history: History) -> Verdict:
    """Compares every "paid" and "not paid" with what was taken by the end; an alarm takes a "paid" back."""
    effects, judged, findings = history.of(Effect), 0, []
    alarmed = {(stored.user, stored.cents) for stored in history.of(Stored) if stored.alarm is not None}
    for claim in claims(history):
        if claim.kind not in {"paid", "not-paid"}:
            continue
        judged += 1
        made = effects_of(claim.deal.payer, claim.deal.cents, claim.deal.payment_hash, effects)
        key = (claim.deal.payer, claim.deal.cents)
        if claim.kind == "paid" and not _has_arrived(made, claim.said.at_s) and key not in alarmed:
            findings.append(Finding("the user was told “paid”, and it was not", (claim.deal, *made, claim.said)))
        if claim.kind == "not-paid" and made:
            findings.append(Finding("the user was told “not paid”, and it was", (claim.deal, *made, claim.said)))
    return Verdict(judged, tuple(findings))


def ledgers_agree(history: History) -> Verdict:
    """Compares every payment in our store with what was taken, and the other way round."""
    effects, payments = history.of(Effect), history.of(Stored)
    findings = [
        Finding(wrong, (stored, *_taken(stored, effects))) for stored in payments if (wrong := _wrong(stored, effects))
    ]
    known = {effect for stored in payments for effect in _taken(stored, effects)}
    findings += [Finding("money was taken that our ledger knows nothing of", (e,)) for e in effects if e not in known]
    return Verdict(len(payments) + len(effects), tuple(findings))


def _wrong(stored: Stored, effects: list[Effect]) -> str | None:
    taken = _taken(stored, effects)
    if stored.state in _UNDECIDED:
        return f"a payment is still {stored.state} when all is over"
    if stored.state == "settled" and not _has_arrived(taken, stored.at_s) and stored.alarm is None:
        return "our ledger says settled, and nothing has arrived"
    if stored.state in _NOT_PAID and taken:
        return f"our ledger says {stored.state}, and it was taken"
    return None


def _has_arrived(effects: list[Effect], by_s: float) -> bool:
    return any(effect.arrives_at_s is not None and effect.arrives_at_s <= by_s for effect in effects)


def _taken(stored: Stored, effects: list[Effect]) -> list[Effect]:
    return effects_of(stored.user, stored.cents, stored.payment_hash, effects)
