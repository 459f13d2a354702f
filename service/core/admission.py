"""Which messages are taken, and which of those that were taken are still worth handling (item 5.1).

    webhook ──takes──> lane, one for each user ──waits for a slot──> handled
       └──refuses (503)                             └──sheds: answered, but not handled

Of what is refused nothing is kept: WhatsApp delivers it again.
"""

from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from service.core.messages import Incoming

__all__ = ["BLIND_S", "HOLD_S", "MAX_HELD", "Blindness", "Holds", "Limits", "Load", "fair_share", "is_shed", "refuses"]

BLIND_S = 5.0
"""For so long after a message was shed its user cannot be expected to have read so."""

HOLD_S = 60.0
"""For so long after a refusal a sender's later messages are refused, too, so as not to overtake what was refused."""

MAX_HELD = 10_000
"""Senders who are held at the same time, and users who may not have read yet that something was shed."""

_HELD_EACH = 64
_LONGEST_WAY_S = 120.0


class Limits(msgspec.Struct, frozen=True):
    """How much is taken at a time.

    `active` messages are handled at the same time, and while `queued` lanes wait for a slot, or one has waited for
    `delay_s`, nothing more is taken. By Little's law as many lanes as there are slots wait as long as handling takes.
    `waiting` messages are in all lanes together, `each` of them in one user's. After `deadline_s` in its lane a message
    is not worth handling any more, if others wait for the slot.
    """

    active: int = 256
    queued: int = 256
    waiting: int = 4_096
    each: int = 45
    delay_s: float = 1.0
    deadline_s: float = 10.0

    def __post_init__(self) -> None:
        """Something must be taken."""
        if min(self.active, self.queued, self.waiting, self.each) < 1 or min(self.delay_s, self.deadline_s) < 0:
            raise ValueError(f"nothing would ever be handled with {self}")


class Load(msgspec.Struct, frozen=True):
    """What there is to do now.

    `waiting` messages are in the lanes of so many `users`; `queued` lanes wait for a slot, or will when what is just
    being accepted reaches them, and `delay_s` is the longest wait.
    """

    waiting: int
    users: int
    queued: int
    delay_s: float


def fair_share(limits: Limits, users: int) -> int:
    """How many messages one of so many users may have in their lane: an equal part of all room, and at most `each`."""
    return max(1, min(limits.each, limits.waiting // max(1, users)))


def refuses(limits: Limits, load: Load, theirs: Iterable[int]) -> bool:
    """Whether a batch is refused; `theirs` is how many messages each of its senders has in their lane.

    One batch is taken or refused as a whole: those who have their share already do not keep others out.
    """
    if load.queued >= limits.queued or load.waiting >= limits.waiting or load.delay_s > limits.delay_s:
        return True
    share = fair_share(limits, load.users)
    return all(count >= share for count in theirs)


def is_shed(limits: Limits, waited_s: float, *, is_contended: bool, is_blind: bool) -> bool:
    """Whether a message that nobody has begun is answered without being handled.

    It came too late, and somebody waits for the slot; or it was written without knowing that an earlier one was shed:
    a "yes" would say yes to another question.
    """
    return is_blind or (is_contended and waited_s > limits.deadline_s)


class Blindness:
    """Until when, by WhatsApp's clock, a user writes without knowing that a message of theirs was shed."""

    def __init__(self) -> None:
        self._until_s: OrderedDict[str, float] = OrderedDict()

    def begin(self, user: str, message: Incoming, waited_s: float) -> None:
        """The message is being shed, after so long in its lane. A clock that is off does not blind anybody for long."""
        way_s = min(max(message.received_at_s - message.sent_at_s, 0.0), _LONGEST_WAY_S)
        until_s = message.sent_at_s + way_s + waited_s + BLIND_S
        self._until_s[user] = max(until_s, self._until_s.get(user, 0.0))
        self._until_s.move_to_end(user)
        if len(self._until_s) > MAX_HELD:
            self._until_s.popitem(last=False)

    def covers(self, user: str, message: Incoming) -> bool:
        """Whether the message was written before that time: it may come after later ones."""
        return message.sent_at_s <= self._until_s.get(user, 0.0)

    def __len__(self) -> int:
        """How many users."""
        return len(self._until_s)


class Holds:
    """Who waits for WhatsApp to deliver again what was refused, and in which order.

    A message of theirs is taken when everything that was refused before it has been taken, or comes in the same batch.
    WhatsApp may give up, so a hold ends HOLD_S after the last refusal of what it waits for.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Hold] = OrderedDict()

    def keep_out(self, messages: Iterable[Incoming], now_s: float) -> bool:
        """Whether one of these messages would overtake what was refused before it; `now_s` never jumps."""
        batch = list(messages)
        ids = {message.id for message in batch}
        return any(self._overtakes(message, ids, now_s) for message in batch)

    def refused(self, messages: Iterable[Incoming], now_s: float) -> None:
        """These were refused."""
        for message in messages:
            hold = self._held.get(message.sender)
            if hold is None or hold.until_s < now_s:
                self._held[message.sender] = _Hold([message.id], now_s + HOLD_S)
            elif message.id in hold.ids:
                hold.until_s = now_s + HOLD_S
            elif len(hold.ids) < _HELD_EACH:
                hold.ids.append(message.id)
        while len(self._held) > MAX_HELD:
            self._held.popitem(last=False)

    def taken(self, messages: Iterable[Incoming]) -> None:
        """These were taken."""
        for message in messages:
            hold = self._held.get(message.sender)
            if hold is not None and message.id in hold.ids:
                hold.ids.remove(message.id)
                if not hold.ids:
                    del self._held[message.sender]

    def _overtakes(self, message: Incoming, batch: set[str], now_s: float) -> bool:
        hold = self._held.get(message.sender)
        if hold is None:
            return False
        if hold.until_s < now_s:
            del self._held[message.sender]
            return False
        before = hold.ids[: hold.ids.index(message.id)] if message.id in hold.ids else hold.ids
        return not batch.issuperset(before)

    def __len__(self) -> int:
        """How many senders."""
        return len(self._held)


class _Hold(msgspec.Struct):
    """What was refused of one sender, oldest first."""

    ids: list[str]
    until_s: float
