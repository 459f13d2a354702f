"""Which messages are taken, and which of those that were taken are still worth handling (item 5.1).

    webhook ──takes──> lane, one for each user ──waits for a slot──> handled
       └──refuses (503)                             └──sheds: answered, but not handled

Of what is refused nothing is kept: WhatsApp delivers it again.
"""

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import takewhile

import msgspec

from service.core.messages import Incoming
from service.core.payments import PAYING_COMMAND_MAX_AGE_S

__all__ = [
    "BLIND_S",
    "MAX_REMEMBERED",
    "MEMORY_S",
    "Blindness",
    "Limits",
    "Load",
    "Refusals",
    "are_late",
    "fair_share",
    "is_shed",
    "refuses",
]

BLIND_S = 5.0
"""For so long after a message was shed its user cannot be expected to have read so."""

MEMORY_S = PAYING_COMMAND_MAX_AGE_S
"""For so long after the last refusal it is known what of a sender was refused."""

MAX_REMEMBERED = 10_000
"""Senders of whom something was refused, and users who may not have read yet that something was shed."""

_EACH = 256
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


def are_late(limits: Limits, messages: Sequence[Incoming]) -> bool:
    """Whether all of these came too late to be answered in time, but for those that are hours old or of no age at all.

    A clock that is off by more than that changes nothing.
    """
    ages_s = (message.received_at_s - message.sent_at_s for message in messages)
    return all(limits.deadline_s < age_s < _LONGEST_WAY_S for age_s in ages_s)


def refuses(limits: Limits, load: Load, theirs: Iterable[int], *, late: bool) -> bool:
    """Whether a batch is refused; `theirs` is how many messages each of its senders has in their lane.

    One batch is taken or refused as a whole: those who have their share already do not keep others out. What is `late`
    waits until nobody else does: the slots are for those who can still be answered in time.
    """
    if load.queued >= limits.queued or load.waiting >= limits.waiting or load.delay_s > limits.delay_s:
        return True
    if late and load.queued:
        return True
    share = fair_share(limits, load.users)
    return all(count >= share for count in theirs)


def is_shed(limits: Limits, waited_s: float, *, is_contended: bool) -> bool:
    """Whether a message that nobody has begun is answered and not handled: it is too late, and others wait."""
    return is_contended and waited_s > limits.deadline_s


class Blindness:
    """Until when, by WhatsApp's clock, a user writes without knowing that a message of theirs was shed.

    What they write until then is shed, too: a "yes" would say yes to another question.
    """

    def __init__(self) -> None:
        self._until_s: OrderedDict[str, float] = OrderedDict()

    def begin(self, user: str, message: Incoming, waited_s: float) -> None:
        """The message is being shed, after so long in its lane. A clock that is off does not blind anybody for long."""
        way_s = min(max(message.received_at_s - message.sent_at_s, 0.0), _LONGEST_WAY_S)
        until_s = message.sent_at_s + way_s + waited_s + BLIND_S
        self._until_s[user] = max(until_s, self._until_s.get(user, 0.0))
        self._until_s.move_to_end(user)
        if len(self._until_s) > MAX_REMEMBERED:
            self._until_s.popitem(last=False)

    def covers(self, user: str, message: Incoming) -> bool:
        """Whether the message was written before that time: it may come after later ones."""
        return message.sent_at_s <= self._until_s.get(user, 0.0)

    def __len__(self) -> int:
        """How many users."""
        return len(self._until_s)


class Refusals:
    """What was refused of whom and has not been taken since: WhatsApp delivers it again, behind what is written later.

    Two things are dangerous in another order than they were written. A "yes" whose question was refused would say yes
    to the question before; and a question that comes after later ones would be the one that the next "yes" means.
    Both are taken, but void: they are answered and not handled. After MEMORY_S a paying command asks again anyway.
    """

    def __init__(self, is_answer: Callable[[Incoming], bool]) -> None:
        """`is_answer` says whether a message may confirm a payment without naming it."""
        self._is_answer = is_answer
        self._missing: OrderedDict[str, _Missing] = OrderedDict()

    def refused(self, messages: Iterable[Incoming], now_s: float, void: Container[str] = ()) -> None:
        """These were refused; `now_s` never jumps. Those in `void` were taken before, as such, and stay so."""
        for message in messages:
            missing = self._of(message.sender, now_s) or _Missing({}, 0.0)
            missing.overtaken.setdefault(message.id, message.id in void)
            missing.until_s = now_s + MEMORY_S
            if len(missing.overtaken) > _EACH:
                del missing.overtaken[next(iter(missing.overtaken))]
            self._missing[message.sender] = missing
            self._missing.move_to_end(message.sender)
        while len(self._missing) > MAX_REMEMBERED:
            self._missing.popitem(last=False)

    def taken(self, messages: Iterable[Incoming], now_s: float) -> set[str]:
        """These are taken, in this order; which of them are void."""
        return {message.id for message in messages if self._is_void(message, now_s)}

    def __len__(self) -> int:
        """Of how many senders."""
        return len(self._missing)

    def _is_void(self, message: Incoming, now_s: float) -> bool:
        missing = self._of(message.sender, now_s)
        if missing is None:
            return False
        was_overtaken = missing.overtaken.get(message.id, False)
        earlier = list(takewhile(lambda name: name != message.id, missing.overtaken))
        missing.overtaken.pop(message.id, None)
        if not missing.overtaken:
            del self._missing[message.sender]
        if was_overtaken or (earlier and self._is_answer(message)):
            return True
        missing.overtaken.update(dict.fromkeys(earlier, True))
        return False

    def _of(self, sender: str, now_s: float) -> "_Missing | None":
        missing = self._missing.get(sender)
        if missing is not None and missing.until_s < now_s:
            del self._missing[sender]
            return None
        return missing


class _Missing(msgspec.Struct):
    """What was refused of one sender, oldest first, and whether something later was taken before it."""

    overtaken: dict[str, bool]
    until_s: float
