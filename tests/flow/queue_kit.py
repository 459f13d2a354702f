"""The queue with its lanes over work that takes a second."""

import asyncio
from collections.abc import Sequence
from typing import Any

from profiles.virtual_clock import VirtualClock
from service.core.admission import Limits
from service.core.messages import Accepted, Entry, Incoming
from service.core.switches import Switches
from service.flow.intake import Intake
from service.flow.nursery import Nursery
from service.flow.turns import Turns
from service.observe.meter import MemoryMeter
from service.switching import use
from service.wiring.queueing import lanes_of
from tests.flow.kit import NOW_S, incoming

ON, OFF = frozenset({"5.1"}), frozenset[str]()


class Shop:
    """An inbox, the queue and its lanes over work that takes a second; `log` has what was done with each message.

    ">1" is message 1 begun, "<1" finished, "-1" shed. `failures` are raised once, by whatever is done with a message.
    The store has a batch at once; its reply takes `store_s`, and is lost where "reply" fails.
    """

    def __init__(self, clock: VirtualClock, limits: Limits, switches: Switches = ON) -> None:
        self.switches = switches
        self.meter = MemoryMeter()
        self.log: list[str] = []
        self.failures: dict[str, Exception] = {}
        self.at_work = self.most_at_work = 0
        self.waiting: list[Entry] = []
        self.store_s = 0.0
        self.lanes, self._has_room, inbox = lanes_of(
            self._work,
            self._shed,
            self._work,
            limits=limits,
            is_answer=lambda message: message.text == "yes",
            inbox=self,
            snapshot=lambda _user: self.switches,
            spawn=Nursery(self.meter),
            turns=Turns(),
            clock=clock,
            meter=self.meter,
        )
        self.intake = Intake(inbox, self.lanes.put)

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        if "inbox" in self.failures:
            raise self.failures.pop("inbox")
        entries = [Entry(message.id, message.sender, message) for message in messages]
        self.waiting += entries
        if self.store_s:
            await asyncio.sleep(self.store_s)
        if "reply" in self.failures:
            raise self.failures.pop("reply")
        return [Accepted(one.message, one.user, one.id) for one in entries]

    async def pending(self, limit: int) -> list[Entry]:
        return self.waiting[:limit]

    async def deliver(self, *messages: Incoming) -> bool:
        """Whether the batch was taken, as the webhook does."""
        with use(self.switches):
            if not self._has_room(messages):
                return False
            await self.intake.accept(messages)
        return True

    def sweep(self) -> None:
        for entry in list(self.waiting):
            self.lanes.put(entry)

    async def _work(self, entry: Entry) -> None:
        self.log.append(f">{entry.message.id}")
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await asyncio.sleep(1)
        finally:
            self.at_work -= 1
        self._end(entry, "<")

    async def _shed(self, entry: Entry) -> None:
        self._end(entry, "-")

    def _end(self, entry: Entry, how: str) -> None:
        if entry.id in self.failures:
            raise self.failures.pop(entry.id)
        self.waiting.remove(entry)
        self.log.append(f"{how}{entry.message.id}")


def said(name: str, sender: str = "ann", text: str = "balance", sent_at_s: float = NOW_S) -> Incoming:
    return incoming(text, id=name, sender=sender, sent_at_s=int(sent_at_s), received_at_s=sent_at_s)


def limits(**changes: Any) -> Limits:
    return Limits(**{"active": 2, "queued": 100, "waiting": 100, "each": 50, "delay_s": 100.0, **changes})


def ends(log: list[str]) -> list[str]:
    return [line for line in log if line[0] in "<-"]
