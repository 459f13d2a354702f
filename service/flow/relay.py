"""From the log of events to the listeners of all instances: at least once, and not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from service.core.errors import StoreError
from service.core.events import DURABLE, CacheInvalidated
from service.flow.bus import Bus, attempt
from service.ports import Clock, Delivery, EventLog, Listener, Meter

__all__ = ["LOOK_EVERY_S", "MAX_TRIES", "REST_S", "TAKE_OVER_EVERY_S", "Relay"]

LOOK_EVERY_S = 1.0
"""How often an instance looks for what others have added; what it added itself, it looks for at once."""

REST_S = 15.0
"""The same while 4.1 is off: then only what was added before it was switched off can be there."""

TAKE_OVER_EVERY_S = 20.0
"""How often it looks for what an instance has taken and not dealt with."""

MAX_TRIES = 5
"""An event that a listener has failed with so often is given up, and counted."""

_AT_ONCE = 16
_INVALIDATIONS = 500


class Relay:
    """Runs for as long as the service does. `forget` is told what other instances have found outdated.

    A listener that is slow holds up no other: each has a task and a place in the log of its own.
    """

    def __init__(
        self,
        bus: Bus,
        log: EventLog,
        forget: Callable[[CacheInvalidated], Awaitable[None]],
        clock: Clock,
        meter: Meter,
        *,
        is_on: Callable[[], bool],
    ) -> None:
        self._bus = bus
        self._log = log
        self._forget = forget
        self._clock = clock
        self._meter = meter
        self._is_on = is_on
        self._place = ""
        self._turned = asyncio.Condition()

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        durable = [one for one in self._bus.listeners if any(issubclass(kind, DURABLE) for kind in one.kinds)]
        works = [self._bus.work(listener) for listener in self._bus.listeners]
        works += [self._serve(listener) for listener in durable]
        tasks = [loop.create_task(work, name="events") for work in (*works, self._look())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        """Turns the listeners' tasks, and hears what every instance has to hear."""
        while True:
            with suppress(StoreError):
                await self._hear_invalidations()
            async with self._turned:
                self._turned.notify_all()
            await self._pause()

    async def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        sleep = self._clock.sleep(LOOK_EVERY_S if self._is_on() else REST_S)
        sleeping = loop.create_task(sleep, name="events")
        waiting = loop.create_task(self._bus.logged.wait(), name="events")
        try:
            await asyncio.wait({sleeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, waiting):
                task.cancel()
            await asyncio.gather(sleeping, waiting, return_exceptions=True)
        self._bus.logged.clear()

    async def _hear_invalidations(self) -> None:
        events, self._place = await self._log.since(self._place, _INVALIDATIONS)
        for event in events:
            if isinstance(event, CacheInvalidated):
                await self._forget(event)

    async def _serve(self, listener: Listener) -> None:
        take_over_at_s = self._clock.monotonic()
        while True:
            async with self._turned:
                await self._turned.wait()
            with suppress(StoreError):
                while await self._deal(listener, await self._log.take(listener.name, _AT_ONCE)):
                    pass
                if self._clock.monotonic() >= take_over_at_s:
                    take_over_at_s = self._clock.monotonic() + TAKE_OVER_EVERY_S
                    await self._deal(listener, await self._log.take_over(listener.name, _AT_ONCE))

    async def _deal(self, listener: Listener, deliveries: list[Delivery]) -> int:
        """Gives them to the listener, all at once; those that it failed with are left to be taken over."""
        async with asyncio.TaskGroup() as group:
            works = [self._is_done(listener, delivery) for delivery in deliveries]
            tasks = [group.create_task(work, name="events") for work in works]
        done = [delivery.id for delivery, task in zip(deliveries, tasks, strict=True) if task.result()]
        if done:
            await self._log.done(listener.name, done)
        return len(deliveries)

    async def _is_done(self, listener: Listener, delivery: Delivery) -> bool:
        if delivery.event is not None and not isinstance(delivery.event, listener.kinds):
            return True
        if delivery.event is not None and delivery.tries <= MAX_TRIES:
            return await attempt(listener, delivery.event, self._meter)
        self._meter.count("events", f"{listener.name}:given_up")
        structlog.get_logger("bus").error("an event is given up", listener=listener.name, entry=delivery.id)
        return True
