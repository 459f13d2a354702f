"""What becomes of a claim of the roadmap beside two measurements: the rules, pure.

An item is compared twice. *In the phase*: everything that the phase has, without the item against with it, all else
equal. *Alone*: nothing but the item (and what it cannot work without) against nothing. The roadmap does not say which
of the two its figures mean, and they differ: where two items save the same calls, the second one finds little left.
So the larger effect decides, which favours the roadmap; both are always shown, and an item that reaches its claim in
one comparison and makes it worse in the other is confirmed only partly.
"""

import math
from typing import Literal

import msgspec

__all__ = [
    "NOTABLE",
    "PARTLY",
    "Bound",
    "Claim",
    "Cost",
    "Gain",
    "Judgement",
    "Pair",
    "Unjudged",
    "Verdict",
    "effect",
    "judge",
]

Verdict = Literal["confirmed", "partly", "refuted", "no effect", "not measurable here", "not built yet"]

PARTLY = 0.5
"""The share of a claim that has to be reached for it to be confirmed partly."""

NOTABLE = 0.01
"""The least effect that counts as one, of an item whose claim has no figure; and the least harm that does."""


class Gain(msgspec.Struct, frozen=True, tag="gain"):
    """The measure gets better by at least `low`, as a share of its value without the item; 0 for "better" alone."""

    low: float = 0.0


class Cost(msgspec.Struct, frozen=True, tag="cost"):
    """The item is there for something else: the measure gets worse by no more than `at_most`, as a share."""

    at_most: float


class Bound(msgspec.Struct, frozen=True, tag="bound"):
    """With the item, the measure is on the right side of `limit`, or on it: not above where lower is better."""

    limit: float


class Unjudged(msgspec.Struct, frozen=True, tag="unjudged"):
    """Nothing here can say whether it is true; `why`."""

    why: str


Claim = Gain | Cost | Bound | Unjudged


class Pair(msgspec.Struct, frozen=True):
    """A measure without the item and with it; None where it was not measured."""

    off: float | None = None
    on: float | None = None


class Judgement(msgspec.Struct, frozen=True):
    """The verdict, and why it is this one."""

    verdict: Verdict
    why: str


def effect(pair: Pair, better: Literal["lower", "higher"]) -> float | None:
    """How much better the measure is with the item, as a share of what it is without; negative where it is worse.

    Infinite where it was 0 without; None where one of the two was not measured.
    """
    if pair.off is None or pair.on is None:
        return None
    change = pair.on - pair.off if better == "higher" else pair.off - pair.on
    if change == 0:
        return 0.0
    return change / abs(pair.off) if pair.off else math.copysign(math.inf, change)


def judge(
    claim: Claim, better: Literal["lower", "higher"], in_phase: Pair, alone: Pair, *, noise: float = 0.0
) -> Judgement:
    """The verdict on a claim. Effects of at most `noise` are none; it is 0 for figures of virtual time."""
    if isinstance(claim, Unjudged):
        return Judgement("not measurable here", claim.why)
    if isinstance(claim, Bound):
        return _bounded(claim, better, in_phase)
    measured = [found for pair in (in_phase, alone) if (found := effect(pair, better)) is not None]
    if not measured:
        return Judgement("not measurable here", "nothing was measured")
    if isinstance(claim, Cost):
        return _costing(claim, max(-found for found in measured), noise)
    return _gaining(claim, max(measured), min(measured), noise)


def _gaining(claim: Gain, best: float, worst: float, noise: float) -> Judgement:
    if -noise <= worst and best <= noise:
        return Judgement("no effect", "the same with it and without it")
    if best <= noise:
        return Judgement("refuted", f"{_percent(-worst)} worse")
    wanted = claim.low or NOTABLE
    said = f"{_percent(wanted)} claimed" if claim.low else "no figure claimed"
    if best < PARTLY * wanted:
        return Judgement("refuted", f"{_percent(best)} better, less than half of the {_percent(wanted)} needed")
    if best < wanted:
        return Judgement("partly", f"{_percent(best)} better, {said}")
    if worst <= -max(NOTABLE, noise):
        return Judgement("partly", f"{_percent(best)} better in one comparison, {_percent(-worst)} worse in the other")
    return Judgement("confirmed", f"{_percent(best)} better, {said}")


def _costing(claim: Cost, cost: float, noise: float) -> Judgement:
    """A figure cannot show a cost below what two runs of the same arm differ by, only that it is not far above."""
    said = f"{_percent(claim.at_most)} allowed"
    paid = f"costs {_percent(cost)}" if cost > 0 else "costs nothing"
    if claim.at_most < noise and cost <= claim.at_most + noise:
        return Judgement("not measurable here", f"{paid}, {said}, and runs differ by {_percent(noise)} anyway")
    if cost <= claim.at_most:
        return Judgement("confirmed", f"{paid}, {said}")
    return Judgement("partly" if cost <= claim.at_most / PARTLY else "refuted", f"{paid}, {said}")


def _bounded(claim: Bound, better: Literal["lower", "higher"], measured: Pair) -> Judgement:
    if measured.on is None:
        return Judgement("not measurable here", "nothing was measured")
    held = measured.on <= claim.limit if better == "lower" else measured.on >= claim.limit
    sign = "at most" if better == "lower" else "at least"
    return Judgement("confirmed" if held else "refuted", f"{measured.on:g}, {sign} {claim.limit:g} wanted")


def _percent(share: float) -> str:
    return "infinitely" if math.isinf(share) else f"{share:.1%}".replace("%", " %")
