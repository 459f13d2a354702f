"""Words: each message is answered, in its user's order, and in time whatever happens to others."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from profiles.simulate.faults import CHAT
from profiles.simulate.history import Booted, Delivered, Ended, Faulted, History, Placed, Posted, Said, Stored, Wrote
from profiles.simulate.judges.claims import claims
from profiles.simulate.judges.verdict import Finding, Verdict

__all__ = ["BOUND_S", "answered", "in_order", "undisturbed"]

BOUND_S = 5.0
"""How long an answer may take that nothing stands in the way of."""

_OK = 200
_MARGIN_S = 2.0
_FIRST_TRY_S = 0.5  # the way to WhatsApp, for a reply that came through though the bot never heard so


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
    replies: dict[str, list[_Reply]] = {}
    for about, said in _first_replies(history).items():
        if about in places and about in acknowledged:
            replies.setdefault(said.to, []).append(_Reply(places[about], acknowledged[about], said))
    findings = [
        Finding("a message was answered after a later one of its user", (earlier.said, later.said))
        for one_users in replies.values()
        for earlier, later in combinations(one_users, 2)
        if earlier.place > later.place and earlier.acknowledged_at_s > later.acknowledged_at_s
    ]
    return Verdict(sum(map(len, replies.values())), tuple(findings))


class _Reply(NamedTuple):
    """The first reply to a message, with the message's place and when it was acknowledged."""

    place: int
    acknowledged_at_s: float
    said: Said


class _Life(NamedTuple):
    """A message from its first good post to its first reply, if there is one."""

    wrote: Wrote
    begin_s: float
    said: Said | None

    @property
    def end_s(self) -> float:
        return self.said.at_s if self.said else float("inf")

    @property
    def judged_until_s(self) -> float:
        """What comes later than this is no excuse."""
        return min(self.end_s, self.begin_s + BOUND_S)


def undisturbed(history: History) -> Verdict:
    """Times the answers to messages with which nothing interfered but what happened to other users."""
    posted, replied = _first_posts(history), _first_replies(history)
    lives: dict[str, list[_Life]] = {}
    for wrote in history.of(Wrote):
        if wrote.message in posted:
            life = _Life(wrote, posted[wrote.message], replied.get(wrote.message))
            lives.setdefault(wrote.user, []).append(life)
    blocked = [*_disturbances(history), *_held_up(history)]
    judged = [life for one_users in lives.values() for life in one_users if _is_alone(life, one_users, blocked)]
    what = f"an answer took more than {BOUND_S:g} s, with nothing in its way"
    findings = [
        Finding(what, (life.wrote, *([life.said] if life.said else ())))
        for life in judged
        if life.end_s - life.begin_s > BOUND_S
    ]
    return Verdict(len(judged), tuple(findings))


def _is_alone(life: _Life, one_users: list[_Life], blocked: list[tuple[str, float, float]]) -> bool:
    """Whether nothing of its user's, and nothing that stood in its user's way, falls into a message's life."""
    begin_s, end_s = life.begin_s, life.judged_until_s
    if any(other is not life and _meet(begin_s, end_s, other.begin_s, other.end_s) for other in one_users):
        return False
    user = life.wrote.user
    return not any(whom in {"", user} and _meet(begin_s, end_s, from_s, to_s) for whom, from_s, to_s in blocked)


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


def _held_up(history: History) -> Iterator[tuple[str, float, float]]:
    """Whose replies had to wait for one that WhatsApp did not take, or did not say so, and for how long.

    They leave in order: until that one has come through at a later try.
    """
    said = history.of(Said)
    for fault in history.of(Faulted):
        if fault.kind in CHAT and fault.whom:
            later = (one.at_s for one in said if one.to == fault.whom and one.at_s > fault.at_s + _FIRST_TRY_S)
            yield fault.whom, fault.at_s, next(later, float("inf"))


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
