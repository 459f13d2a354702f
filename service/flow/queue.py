"""The queue with concurrency control (item 5.1): slots, handed round; refusals at the door; shedding of what is late.

Only what this process itself took from the webhook and has not begun is ever shed. Any other entry that a sweep finds
may have been begun by an earlier process, in the middle of a payment: "nothing was done" could be a lie.

A sweep may also find what is only just being accepted. Whether it is new, and so whether it may be shed, is known when
the store has answered; until then it is not begun.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple

from service.core.admission import Blindness, Limits, Load, Refusals, are_late, is_shed, refuses
from service.core.messages import Accepted, Entry, Incoming
from service.flow.lanes import Enter, Lanes, Work
from service.ports import Clock, Inbox, Meter

__all__ = ["MAX_FRESH", "Queue", "Slots", "straight"]

MAX_FRESH = 20_000
"""Entries of which it is known that nobody has begun them; one that is forgotten is never shed."""


class Slots:
    """So many lanes work at the same time. The one that has waited longest is next.

    A lane gives its slot back after each message and queues again for the next, behind all others: round robin, so
    whoever floods the queue gets the same share as everybody.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._free = limit
        self._clock = clock
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()

    @property
    def is_contended(self) -> bool:
        """Whether somebody waits."""
        self._drop_gone()
        return bool(self._waiting)

    def __len__(self) -> int:
        """How many wait."""
        return sum(not turn.done() for _, turn in self._waiting)

    @property
    def delay_s(self) -> float:
        """How long the one who has waited longest has waited."""
        return self._clock.monotonic() - self._waiting[0][0] if self.is_contended else 0.0

    async def acquire(self) -> None:
        """Waits for a slot; `release` gives it back."""
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._clock.monotonic(), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # it was handed over at the same moment
            turn.cancel()
            raise

    def release(self) -> None:
        """To the one who has waited longest, if somebody waits."""
        self._drop_gone()
        if self._waiting:
            self._waiting.popleft()[1].set_result(None)
        else:
            self._free += 1

    def _drop_gone(self) -> None:
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()


class Queue:
    """Decides for each batch at the door, and for each entry whose turn has come, by the rules of core.admission."""

    def __init__(
        self,
        limits: Limits,
        *,
        work: Work,
        shed: Work,
        is_answer: Callable[[Incoming], bool],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._limits = limits
        self._work = work
        self._shed = shed
        self._clock = clock
        self._meter = meter
        self._slots = Slots(limits.active, clock)
        self._fresh: OrderedDict[str, _Fresh] = OrderedDict()
        self._arrivals = _Arrivals()
        self._blind = Blindness()
        self._refusals = Refusals(is_answer)

    def has_room(self, messages: Sequence[Incoming], lanes: Lanes) -> bool:
        """Whether this batch may be taken; what is refused is expected to come again."""
        load = Load(lanes.held, lanes.users, len(self._slots) + len(self._arrivals), self._slots.delay_s)
        theirs = [lanes.waiting_of(message.sender) for message in messages]
        now_s = self._clock.monotonic()
        if refuses(self._limits, load, theirs, late=are_late(self._limits, messages)):
            self._refusals.refused(messages, now_s)
            return False
        return True

    async def accept(self, messages: Sequence[Incoming], inbox: Inbox) -> list[Accepted]:
        """As Inbox. What is new among them is not begun before this returns. Raises StoreError."""
        void = self._refusals.taken(messages, self._clock.monotonic())
        arrival = self._arrivals.begin(messages)
        try:
            accepted = await inbox.accept(messages)
        except BaseException:
            self._refusals.refused(messages, self._clock.monotonic(), void)
            raise
        else:
            self._note(accepted, void)
        finally:
            self._arrivals.end(messages, arrival)
        return accepted

    def enter(self, entry: Entry) -> AbstractAsyncContextManager[Work]:
        """Waits for a slot, and says whether the entry is to be worked on or shed."""
        return _Entrance(partial(self._let_in, entry), self._slots.release)

    async def _let_in(self, entry: Entry) -> Work:
        await self._arrivals.over(entry.message)
        await self._slots.acquire()
        try:
            return self._way_of(entry, self._has_to_go)
        except BaseException:
            self._slots.release()
            raise

    async def ready(self, entry: Entry) -> Work:
        """For `straight`. What must not be handled is shed without slots, too: the queue may have been on before."""
        await self._arrivals.over(entry.message)
        return self._way_of(entry, self._must_not_be_handled)

    def _note(self, accepted: Sequence[Accepted], void: AbstractSet[str]) -> None:
        now_s = self._clock.monotonic()
        for one in accepted:
            if one.entry is not None:
                self._fresh[one.entry] = _Fresh(now_s, one.message.id in void)
        while len(self._fresh) > MAX_FRESH:
            self._fresh.popitem(last=False)

    def _way_of(self, entry: Entry, has_to_go: Callable[[Entry, "_Fresh"], bool]) -> Work:
        fresh = self._fresh.get(entry.id)
        if fresh is not None and has_to_go(entry, fresh):
            self._meter.count("messages", "shed")
            return self._shed_for_good
        self._fresh.pop(entry.id, None)  # from now on it may have been begun, whatever becomes of it
        return self._work

    async def _shed_for_good(self, entry: Entry) -> None:
        await self._shed(entry)
        self._fresh.pop(entry.id, None)

    def _must_not_be_handled(self, entry: Entry, fresh: "_Fresh") -> bool:
        return fresh.is_void or self._blind.covers(entry.user, entry.message)

    def _has_to_go(self, entry: Entry, fresh: "_Fresh") -> bool:
        if self._must_not_be_handled(entry, fresh):
            return True
        waited_s = self._clock.monotonic() - fresh.taken_at_s
        if not is_shed(self._limits, waited_s, is_contended=self._slots.is_contended):
            return False
        self._blind.begin(entry.user, entry.message, waited_s)
        return True


class _Fresh(NamedTuple):
    """An entry that nobody has begun; a void one must not be handled any more."""

    taken_at_s: float
    is_void: bool


class _Arrivals:
    """The messages that are just being accepted."""

    def __init__(self) -> None:
        self._under_way: dict[str, list[asyncio.Event]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many."""
        return self._count

    def begin(self, messages: Sequence[Incoming]) -> asyncio.Event:
        """These are, until `end` is given what this gives."""
        end = asyncio.Event()
        self._count += len(messages)
        for message in messages:
            self._under_way.setdefault(message.id, []).append(end)
        return end

    def end(self, messages: Sequence[Incoming], end: asyncio.Event) -> None:
        """Whatever became of them."""
        end.set()
        self._count -= len(messages)
        for message in messages:
            self._leave(message.id, end)

    async def over(self, message: Incoming) -> None:
        """Returns when whatever may be taking this message now has ended: what begins later finds it taken."""
        for end in tuple(self._under_way.get(message.id, ())):
            await end.wait()

    def _leave(self, name: str, end: asyncio.Event) -> None:
        self._under_way[name].remove(end)
        if not self._under_way[name]:
            del self._under_way[name]


def straight(ready: Callable[[Entry], Awaitable[Work]]) -> Enter:
    """Without the queue: every entry goes its way at once, however many there are; `ready` says which way."""
    return lambda entry: _Entrance(partial(ready, entry), _stay)


class _Entrance:
    """A class, because a generator as a context manager takes several times as long."""

    __slots__ = ("_come_in", "_go")

    def __init__(self, come_in: Callable[[], Awaitable[Work]], go: Callable[[], None]) -> None:
        self._come_in = come_in
        self._go = go

    async def __aenter__(self) -> Work:
        return await self._come_in()

    async def __aexit__(self, *_: object) -> None:
        self._go()


def _stay() -> None:
    """Nothing was taken that would have to be given back."""
