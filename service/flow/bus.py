"""Events to listeners (item 4.1): in sequence before the reply, or beside it.

Whatever a listener does, an exception or minutes of waiting, stays with the listener.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog

from service.core.errors import StoreError
from service.core.events import DURABLE, Event
from service.ports import Announce, Clock, EventLog, Listener, Meter

__all__ = ["HEAR_WITHIN_S", "QUEUED", "Bus", "attempt", "one_by_one"]

QUEUED = 1_000
"""Events that wait for one listener of this process. At the bound the newest is dropped, and counted."""

HEAR_WITHIN_S = 30.0
"""A listener that takes longer with one event is interrupted; it may be given the event again."""


async def attempt(listener: Listener, event: Event, meter: Meter) -> bool:
    """Whether the listener has dealt with the event. Meters `events` by listener and what became of it."""
    try:
        async with asyncio.timeout(HEAR_WITHIN_S):
            await listener.hear(event)
    except Exception as error:  # noqa: BLE001 - a listener must not break a payment, a reply or another listener
        meter.count("events", f"{listener.name}:failed")
        log = structlog.get_logger("bus")
        log.warning("a listener failed", listener=listener.name, heard=type(event).__name__, error=repr(error))
        return False
    meter.count("events", f"{listener.name}:heard")
    return True


def one_by_one(listeners: Sequence[Listener], meter: Meter) -> Announce:
    """4.1 off: whoever announces waits for one listener after the other."""

    async def announce(events: Sequence[Event]) -> None:
        for event in events:
            for listener in listeners:
                if isinstance(event, listener.kinds):
                    await attempt(listener, event, meter)

    return announce


class Bus:
    """4.1 on. Events that must not be lost go into the log, the others into a bounded queue for each listener.

    When the log cannot be written, those go into the queues too: better heard here and now than never.
    """

    def __init__(self, listeners: Sequence[Listener], log: EventLog, clock: Clock, meter: Meter) -> None:
        self.listeners = tuple(listeners)
        self.logged = asyncio.Event()
        """Set when this process has added something to the log."""
        self._log = log
        self._clock = clock
        self._meter = meter
        self._queues: dict[str, deque[Event]] = {listener.name: deque() for listener in listeners}
        self._filled = {listener.name: asyncio.Event() for listener in listeners}

    async def announce(self, events: Sequence[Event]) -> None:
        """As Announce. Meters `events` by `dropped`, `log_failed`, and `trimmed` for what the log had no room for."""
        kept = [event for event in events if isinstance(event, DURABLE)]
        if kept and not await self._logged(kept):
            self._enqueue(kept)
        self._enqueue([event for event in events if not isinstance(event, DURABLE)])

    async def work(self, listener: Listener) -> None:
        """Gives the listener what is queued for it, until it is cancelled."""
        queue, filled = self._queues[listener.name], self._filled[listener.name]
        while True:
            await filled.wait()
            filled.clear()
            while queue:
                await attempt(listener, queue.popleft(), self._meter)

    async def _logged(self, events: Sequence[Event]) -> bool:
        try:
            trimmed = await self._log.append(events)
        except StoreError:
            self._meter.count("events", "log_failed", len(events))
            return False
        if trimmed:
            self._meter.count("events", "trimmed", trimmed)
        self.logged.set()
        return True

    def _enqueue(self, events: Sequence[Event]) -> None:
        for event in events:
            for listener in self.listeners:
                if isinstance(event, listener.kinds):
                    self._put(listener.name, event)

    def _put(self, name: str, event: Event) -> None:
        if len(self._queues[name]) >= QUEUED:
            self._meter.count("events", "dropped")
            return
        self._queues[name].append(event)
        self._filled[name].set()
