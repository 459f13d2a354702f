"""One lane per user: a user's messages in order, users never blocking each other.

How many lanes work at the same time is not decided here: each entry is handed to `enter`, which lets it in.

A message is in a lane at most once, however often it is offered: the webhook offers it when it is accepted, the
sweep of the inbox offers it again in case that was lost.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import structlog

from service.core.errors import StoreError
from service.core.messages import Entry
from service.flow.turns import Turns
from service.ports import Meter, Spawn

_T = TypeVar("_T")

__all__ = ["MAX_FAILURES", "MAX_WAITING", "Enter", "Lanes", "Work"]

Work = Callable[[Entry], Awaitable[None]]
"""What is done with an entry. Raises StoreError: then it stays in the inbox."""

Enter = Callable[[Entry], AbstractAsyncContextManager[Work]]
"""Waits until the entry may be worked on, and says how (item 5.1)."""

MAX_WAITING = 10_000
"""Messages in all lanes together; beyond it the webhook answers 503 and WhatsApp delivers again."""

MAX_FAILURES = 5
"""Unexpected failures of one message after which it is given up; failures of the store do not count."""

_REMEMBERED = 10_000
"""Finished entries that a late sweep must not start again, and entries that have failed."""


class Lanes:
    """Works on each entry; an entry whose work fails stays in the inbox, and the next sweep offers it again.

    While the store fails, a user's later entries wait with the first, also those that come in the meantime: handled
    before it, they would be out of order. The next sweep offers all of them, oldest first, and calls `release` for what
    is not there any more.
    An entry that fails unexpectedly MAX_FAILURES times goes to `give_up`, and into the log for people to look at.
    """

    def __init__(
        self,
        enter: Enter,
        give_up: Work,
        spawn: Spawn,
        meter: Meter,
        turns: Turns,
    ) -> None:
        self._enter = enter
        self._give_up = give_up
        self._spawn = spawn
        self._meter = meter
        self._turns = turns
        self._lanes: dict[str, deque[Entry]] = {}
        self._known: set[str] = set()
        self._of_sender: Counter[str] = Counter()
        self._halted: dict[str, str] = {}  # the entry that the store failed, by user
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._failures: OrderedDict[str, int] = OrderedDict()
        self.active = 0
        """Entries that are being worked on."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._log = structlog.get_logger("lanes")

    def has_room(self) -> bool:
        """Whether another message can be taken."""
        return len(self._known) < MAX_WAITING

    @property
    def held(self) -> int:
        """Entries in all lanes, those that are worked on among them."""
        return len(self._known)

    @property
    def waiting(self) -> int:
        """Entries that nobody works on yet: behind others of their user, or for a slot."""
        return len(self._known) - self.active

    @property
    def users(self) -> int:
        """Lanes with an entry in them."""
        return len(self._lanes)

    def waiting_of(self, sender: str) -> int:
        """Entries in the lanes that came from this WhatsApp identity."""
        return self._of_sender[sender]

    def put(self, entry: Entry) -> bool:
        """Takes an entry, unless it is being worked on or was finished a moment ago; whether it was taken."""
        if entry.id in self._known or entry.id in self._finished or not self.has_room():
            return False
        if self._halted.get(entry.user, entry.id) != entry.id:
            return False
        self._halted.pop(entry.user, None)
        lane = self._lanes.get(entry.user)
        if lane is not None:
            lane.append(entry)
        elif not self._open_lane(entry):
            return False
        self._known.add(entry.id)
        self._of_sender[entry.message.sender] += 1
        self._idle.clear()
        return True

    def halted(self) -> frozenset[str]:
        """The entries that the store has failed, behind which those of the same users wait."""
        return frozenset(self._halted.values())

    def release(self, done: AbstractSet[str]) -> None:
        """These entries are done, though nobody heard of it: nobody waits for them any longer."""
        self._halted = {user: entry_id for user, entry_id in self._halted.items() if entry_id not in done}

    async def idle(self) -> None:
        """Returns when no lane has work."""
        await self._idle.wait()

    def _open_lane(self, entry: Entry) -> bool:
        """Whether there was room for another task."""
        lane = deque([entry])
        try:
            self._spawn(self._drain_lane(entry.user, lane), name="lane")
        except RuntimeError as error:
            self._meter.count("messages", "postponed")
            self._log.warning("no lane can be opened, the message stays in the inbox", entry=entry.id, error=str(error))
            return False
        self._lanes[entry.user] = lane
        return True

    async def _drain_lane(self, user: str, lane: deque[Entry]) -> None:
        try:
            while lane and await self._work_on(lane[0]):
                self._leave(lane.popleft())
        finally:
            del self._lanes[user]
            for entry in lane:
                self._leave(entry)
            if not self._lanes:
                self._idle.set()

    def _leave(self, entry: Entry) -> None:
        self._known.discard(entry.id)
        sender = entry.message.sender
        self._of_sender[sender] -= 1
        if not self._of_sender[sender]:
            del self._of_sender[sender]

    async def _work_on(self, entry: Entry) -> bool:
        """Whether the lane may go on with its next entry."""
        try:
            async with self._enter(entry) as work, self._turns(entry.user):
                self.active += 1
                try:
                    await (work if self._failures.get(entry.id, 0) < MAX_FAILURES else self._end)(entry)
                finally:
                    self.active -= 1
        except StoreError as error:
            self._halted[entry.user] = entry.id
            self._meter.count("messages", "postponed")
            self._log.warning("the store failed, the message stays in the inbox", entry=entry.id, error=str(error))
            return False
        except Exception:  # noqa: BLE001 - a mistake of ours with one message must not hold up the user's others
            self._meter.count("messages", "failed")
            self._log.exception("a message failed, it stays in the inbox", entry=entry.id)
            _remember(self._failures, entry.id, self._failures.get(entry.id, 0) + 1)
        else:
            self._failures.pop(entry.id, None)
            _remember(self._finished, entry.id, None)
        return True

    async def _end(self, entry: Entry) -> None:
        failures = self._failures[entry.id]  # before it is awaited: they may be forgotten meanwhile
        await self._give_up(entry)
        self._meter.count("messages", "given_up")
        self._log.error("a message is given up", entry=entry.id, failures=failures)


def _remember(memory: OrderedDict[str, _T], entry_id: str, what: _T) -> None:
    """The oldest is forgotten at the bound."""
    memory[entry_id] = what
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
