"""How messages get in: item 5.1 around the lanes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from service import switching
from service.core.admission import Limits
from service.core.messages import Accepted, Entry, Incoming
from service.core.switches import Switches
from service.flow.lanes import Lanes, Work
from service.flow.nursery import Nursery
from service.flow.queue import Queue, straight
from service.flow.turns import Turns
from service.ports import Clock, Inbox, Meter
from service.switching import switched

__all__ = ["NotingInbox", "lanes_of"]


class NotingInbox:
    """Implements Inbox: `took` is told of what was accepted, before anybody can begin it."""

    def __init__(self, inbox: Inbox, took: Callable[[Sequence[Accepted]], None]) -> None:
        self._inbox = inbox
        self._took = took

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        accepted = await self._inbox.accept(messages)
        self._took(accepted)
        return accepted

    async def pending(self, limit: int) -> list[Entry]:
        return await self._inbox.pending(limit)


def lanes_of(
    work: Work,
    shed: Work,
    give_up: Work,
    *,
    active: int,
    inbox: Inbox,
    snapshot: Callable[[str], Switches],
    spawn: Nursery,
    turns: Turns,
    clock: Clock,
    meter: Meter,
) -> tuple[Lanes, Callable[[Sequence[Incoming]], bool], Inbox]:
    """The lanes, whether a batch of messages may be taken, and the inbox that takes it.

    The door follows the switch as it is; an entry goes by its user's, as it is when the entry's turn comes.
    """
    queue = Queue(Limits(active=active), work, shed, clock, meter)
    way = switched("5.1", on=queue.enter, off=straight(work, queue.begins))

    def enter(entry: Entry) -> AbstractAsyncContextManager[Work]:
        with switching.use(snapshot(entry.user)):
            return way(entry)

    lanes = Lanes(enter, give_up, spawn, meter, turns)

    def at_the_door(messages: Sequence[Incoming]) -> bool:
        return queue.has_room(messages, lanes)

    def wide_open(_messages: Sequence[Incoming]) -> bool:
        return True

    door = switched("5.1", on=at_the_door, off=wide_open)

    def has_room(messages: Sequence[Incoming]) -> bool:
        return lanes.has_room() and door(messages)

    return lanes, has_room, NotingInbox(inbox, queue.took)
