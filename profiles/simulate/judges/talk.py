"""Words: each message is answered, in its user's order, and in time whatever happens to others."""

from collections.abc import Iterator

from profiles.simulate.history import Booted, Delivered, Ended, Faulted, History, Placed, Posted, Said, Stored, Wrote
from profiles.simulate.judges.claims import claims
from profiles.simulate.judges.verdict import Finding, Verdict

__all__ = ["BOUND_S", "answered", "in_order", "undisturbed"]

BOUND_S = 5.0
"""How long an answer may take that nothing stands in the way of."""

_OK = 200
_MARGIN_S = 2.0


def answered(history: History) -> Verdict:
    """Looks for a reply to each acknowledged message, and for an end of each "still checking"."""
    acknowledged = _acknowledged(history)
    replied = {said.about for said in history.of(Said)}
    queued = {stored.confirmed_by for stored in history.of(Stored) if stored.is_queued}
    findings = [
        Finding("an acknowledged message was never answered", (wrote,))
        for wrote in history.of(Wrote)
        if wrote.message in acknowledged and wrote.message not in replied | queued
    ]
    return Verdict(len(acknowledged), (*findings, *_never_ended(history)))


def _never_ended(history: History) -> Iterator[Finding]:
    """Payments of which the last word is that they are still being looked into."""
    last = {(claim.deal.payer, claim.deal.cents): claim for claim in claims(history)}
    for claim in last.values():
        if claim.kind == "checking":
            yield Finding("“still checking” was the last word about a payment", (claim.deal, claim.said))


def in_order(history: History) -> Verdict:
    """Compares the order of each user's first replies with the order in which their messages were accepted.

    One was accepted before another when the store took it before, and WhatsApp was told so before.
    """
    places, acknowledged = {one.message: one.place for one in history.of(Placed)}, _acknowledged(history)
    replies: dict[str, list[tuple[int, float, Said]]] = {}
    for about, said in _first_replies(history).items():
        if about in places and about in acknowledged:
            replies.setdefault(said.to, []).append((places[about], acknowledged[about], said))
    findings = [
        Finding("a message was answered after a later one of its user", (earlier, later))
        for answered_in_turn in replies.values()
        for number, (place, at_s, later) in enumerate(answered_in_turn)
        for place_before, at_s_before, earlier in answered_in_turn[:number]
        if place_before > place and at_s_before > at_s
    ]
    return Verdict(sum(map(len, replies.values())), tuple(findings))


def undisturbed(history: History) -> Verdict:
    """Times the answers to messages with which nothing interfered but what happened to other users."""
    posted, replied = _first_posts(history), _first_replies(history)
    lives = [
        (wrote, posted[wrote.message], replied.get(wrote.message))
        for wrote in history.of(Wrote)
        if wrote.message in posted
    ]
    spans: dict[str, list[tuple[str, float, float]]] = {}
    for wrote, begin_s, said in lives:
        spans.setdefault(wrote.user, []).append((wrote.message, begin_s, said.at_s if said else float("inf")))
    blocked = list(_disturbances(history))
    judged, findings = 0, []
    for wrote, begin_s, said in lives:
        end_s = min(said.at_s if said else float("inf"), begin_s + BOUND_S)
        others = (span for span in spans[wrote.user] if span[0] != wrote.message)
        if any(_meet(begin_s, end_s, a_s, b_s) for _, a_s, b_s in others):
            continue
        if any(whom in {"", wrote.user} and _meet(begin_s, end_s, a_s, b_s) for whom, a_s, b_s in blocked):
            continue
        judged += 1
        if said is None or said.at_s - begin_s > BOUND_S:
            findings.append(
                Finding(
                    f"an answer took more than {BOUND_S:g} s, with nothing in its way",
                    (wrote, *([said] if said else [])),
                )
            )
    return Verdict(judged, tuple(findings))


def _disturbances(history: History) -> Iterator[tuple[str, float, float]]:
    """Whom something stood in the way of, and when; "" is everybody."""
    down_since_s: float | None = 0.0
    for event in history.events:
        if type(event) is Faulted:
            yield event.whom, event.at_s, event.until_s
        elif type(event) is Ended:
            down_since_s = event.at_s if down_since_s is None else down_since_s
        elif type(event) is Booted and event.is_up and down_since_s is not None:
            yield "", down_since_s, event.at_s + _MARGIN_S
            down_since_s = None
    if down_since_s is not None:
        yield "", down_since_s, float("inf")


def _meet(begin_s: float, end_s: float, other_begin_s: float, other_end_s: float) -> bool:
    return begin_s <= other_end_s and other_begin_s <= end_s


def _acknowledged(history: History) -> dict[str, float]:
    """When WhatsApp was told for the first time that a message is accepted."""
    posts = {posted.post: posted.messages for posted in history.of(Posted)}
    first: dict[str, float] = {}
    for done in history.of(Delivered):
        if done.status == _OK:
            for name in posts[done.post]:
                first.setdefault(name, done.at_s)
    return first


def _first_posts(history: History) -> dict[str, float]:
    """When each message was posted so that it was acknowledged, for the first time."""
    good = {done.post for done in history.of(Delivered) if done.status == _OK}
    first: dict[str, float] = {}
    for posted in history.of(Posted):
        if posted.post in good:
            for name in posted.messages:
                first.setdefault(name, posted.at_s)
    return first


def _first_replies(history: History) -> dict[str, Said]:
    first: dict[str, Said] = {}
    for said in history.of(Said):
        first.setdefault(said.about, said)
    return first
