"""The running bot: what starts with it, what goes on beside the messages, and an end that loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from service.commands.reconciler import RECONCILE_EVERY_S, Reconciler
from service.core.errors import StoreError
from service.flow.intake import Intake
from service.flow.lanes import Lanes
from service.flow.nursery import Nursery
from service.flow.periodic import every
from service.flow.sweep import SWEEP_EVERY_S, SWEEP_PAUSE_S, sweep_inbox
from service.gateway.warmer import Warmer
from service.observe.meter import MemoryMeter
from service.ports import Clock, Contacts, Inbox, Outbox, Sessions
from service.reply.sender import Sender
from service.store.cache import RedisStats
from service.store.clients import Client
from service.store.commands import Run
from service.store.control import RedisControl
from service.store.preparation import prepare

__all__ = ["Asgi", "Bot", "Chore", "Housekeeping"]

Chore = tuple[Callable[[], Awaitable[None]], float, str]
"""A step, how many seconds pass between two of them, and its name."""

Asgi = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]

_CONTROL_EVERY_S = 1.0
_FLAGS_EVERY_S = 2.0
_STATS_EVERY_S = 5.0
_RESTART_S = 10.0
_WARM_LIMIT = 200
_CLOSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """What goes on beside the messages. `flags` reads the operators' switches once."""

    flags: Callable[[], Awaitable[None]]
    inbox: Inbox
    intake: Intake
    stats: RedisStats
    control: RedisControl
    warmer: Warmer
    sender: Sender
    reconciler: Reconciler
    more: Sequence[Chore] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Wired by `app.build`. `asgi` is its HTTP surface; the ports are there for whoever drives it without HTTP."""

    name: str
    asgi: Asgi
    lanes: Lanes
    spawn: Nursery
    clock: Clock
    meter: MemoryMeter
    housekeeping: Housekeeping
    run: Run
    shared: Client
    pooled: Client
    apart: Client
    close: Sequence[Callable[[], Awaitable[None]]]
    follow: Callable[[], AbstractContextManager[None]]
    inbox: Inbox
    outbox: Outbox
    sessions: Sessions
    contacts: Contacts

    @property
    def message_round_trips(self) -> int:
        """Round trips to the store on behalf of messages, without housekeeping."""
        return self.shared.round_trips + self.pooled.round_trips

    async def start(self) -> None:
        """Reads the switches, opens connections, and takes up what an earlier run has left. Raises StoreUnavailable."""
        with self.follow():
            await self.housekeeping.flags()
            await prepare(self.run)
            await self.pooled.warm()
            await self.housekeeping.reconciler.begin()  # whoever was paying is gone
            await self.housekeeping.sender.adopt()  # replies that were left over come before new ones
            await self._sweep()  # what is left over comes before what is new
            for step, interval_s, name in self._chores():
                self.spawn(every(interval_s, step, self.clock, self.meter, name=name), name=name)

    async def stop(self, drain_s: float) -> None:
        """Finishes the messages that were taken, for at most so long, and closes everything, for at most 1 s more.

        A message that is not finished by then is still in the inbox, and taken up at the next start.
        """
        log = structlog.get_logger("bot")
        try:
            async with asyncio.timeout(drain_s):
                await self.lanes.idle()
        except TimeoutError:
            log.warning("not everything was finished; the rest is taken up at the next start")
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self.spawn.close()
                closes = (*self.close, self.shared.close, self.pooled.close, self.apart.close)
                await asyncio.gather(*(close() for close in closes))
        except TimeoutError:
            log.warning("not everything could be closed; it ends with the process")

    def _chores(self) -> list[Chore]:
        house = self.housekeeping

        async def publish() -> None:
            await house.stats.publish(self.name, {key: float(n) for key, n in self.meter.by_label("reads").items()})

        return [
            (house.flags, _FLAGS_EVERY_S, "flags"),
            (self._sweep, SWEEP_EVERY_S, "sweep"),
            (self._sweep_in_doubt, SWEEP_PAUSE_S, "sweep in doubt"),
            (house.reconciler.run, RECONCILE_EVERY_S, "reconciler"),
            (publish, _STATS_EVERY_S, "stats"),
            (self._obey, _CONTROL_EVERY_S, "control"),
            (house.warmer.run, _RESTART_S, "warmer"),  # these go on until something unexpected ends them
            (house.sender.pump, _RESTART_S, "outbox"),
            *house.more,
        ]

    async def _sweep(self) -> None:
        house = self.housekeeping
        await sweep_inbox(house.inbox, house.intake, self.lanes, house.sender.adopt)

    async def _sweep_in_doubt(self) -> None:
        await self.housekeeping.intake.doubtful()
        await self._sweep()

    async def _obey(self) -> None:
        """Does what an operator's command asked for."""
        request = await self.housekeeping.control.take()
        if request is None or request.kind != "warm":
            return
        try:
            report = msgspec.to_builtins(await self.housekeeping.warmer.warm(_WARM_LIMIT))
        except StoreError as error:
            report = {"error": str(error)}
        await self.housekeeping.control.answer(request.id, msgspec.json.encode(report))
