"""Accepts messages, and hands each user's to the lanes in the order in which they were accepted.

When the store's word is lost, a message may have been accepted although nobody heard of it. What its sender says after
that must not overtake it: it is left where it is, and a sweep of the inbox, which sees all of them in their order,
hands them over.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count

from service.core.messages import Accepted, Entry, Incoming
from service.ports import Inbox

__all__ = ["MAX_DOUBTS", "Intake"]

MAX_DOUBTS = 10_000
"""Identities that are in doubt one by one; beyond it everybody is."""

_EVERYBODY = ""


class Intake:
    """The way from the webhook into the inbox and on into the lanes."""

    def __init__(self, inbox: Inbox, hand_over: Callable[[Entry], object]) -> None:
        self._inbox = inbox
        self._hand_over = hand_over
        self._numbers = count(1)
        self._under_way: dict[str, deque[int]] = {}
        self._doubts: dict[str, int] = {}  # when it was raised, by identity
        self._raised = asyncio.Event()

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        """As Inbox; what was not accepted before is handed over, now or by the next sweep. Raises StoreError."""
        number, names = next(self._numbers), {name for message in messages for name in _identities(message)}
        for name in names:
            self._under_way.setdefault(name, deque()).append(number)
        try:
            accepted = await self._inbox.accept(messages)
        except BaseException:  # whatever it was, they may be in the inbox
            self._raise(names)
            raise
        finally:
            self._end(number, names)
        for one in accepted:
            self._pass_on(one, number)
        return accepted

    def doubts(self) -> Mapping[str, int]:
        """Who is in doubt now: to be asked before the inbox is read, and given to `clear` when all in it is taken."""
        self._raised.clear()
        return dict(self._doubts)

    def clear(self, doubts: Mapping[str, int]) -> None:
        """The inbox was read after these doubts were raised, and everything in it was handed over."""
        for name, raised in doubts.items():
            if self._doubts.get(name) == raised:
                del self._doubts[name]

    async def doubtful(self) -> None:
        """Returns when a doubt has been raised since `doubts` was asked."""
        await self._raised.wait()

    def _pass_on(self, one: Accepted, number: int) -> None:
        if one.entry is None:
            return
        names = _identities(one.message)
        if any(self._is_in_doubt(name, number) for name in names):
            self._raise(names)
        else:
            self._hand_over(Entry(one.entry, one.user, one.message))

    def _is_in_doubt(self, name: str, number: int) -> bool:
        """Whether an earlier message may be in the inbox that was not handed over, or is only just being accepted."""
        earlier = self._under_way.get(name)
        return name in self._doubts or _EVERYBODY in self._doubts or (earlier is not None and earlier[0] < number)

    def _raise(self, names: Iterable[str]) -> None:
        raised = next(self._numbers)
        self._doubts.update(dict.fromkeys(names, raised))
        if len(self._doubts) > MAX_DOUBTS:
            self._doubts = {_EVERYBODY: raised}
        self._raised.set()

    def _end(self, number: int, names: Iterable[str]) -> None:
        for name in names:
            self._under_way[name].remove(number)
            if not self._under_way[name]:
                del self._under_way[name]


def _identities(message: Incoming) -> set[str]:
    """Whatever a message of the same user may carry, too."""
    return {message.sender, message.alias or message.sender, message.phone or message.sender}
