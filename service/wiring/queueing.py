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

__all__ = ["QueueInbox", "lanes_of"]


class QueueInbox:
    """Implements Inbox; the queue is told of what is being accepted, and of what was."""

    def __init__(self, inbox: Inbox, queue: Queue) -> None:
        self._inbox = inbox
        self._queue = queue

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        return await self._queue.accept(messages, self._inbox)

    async def pending(self, limit: int) -> list[Entry]:
        return await self._inbox.pending(limit)


def lanes_of(
    work: Work,
    shed: Work,
    give_up: Work,
    *,
    limits: Limits,
    is_answer: Callable[[Incoming], bool],
    inbox: Inbox,
    snapshot: Callable[[str], Switches],
    spawn: Nursery,
    turns: Turns,
    clock: Clock,
    meter: Meter,
    told: Callable[[str], None] | None = None,
) -> tuple[Lanes, Callable[[Sequence[Incoming]], bool], Inbox]:
    """The lanes, whether a batch of messages may be taken, and the inbox that takes it.

    The door follows the switch as it is; an entry goes by its user's, as it is when the entry's turn comes. Where they
    differ the queue's memory of what was refused still holds: what is void is shed either way. `told` hears the id of
    each message whose turn in its lane has come, in the context in which it is worked on.
    """
    queue = Queue(limits, work=work, shed=shed, is_answer=is_answer, clock=clock, meter=meter)
    way = switched("5.1", on=queue.enter, off=straight(queue.ready))

    def enter(entry: Entry) -> AbstractAsyncContextManager[Work]:
        if told is not None:
            told(entry.message.id)
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

    return lanes, has_room, QueueInbox(inbox, queue)
