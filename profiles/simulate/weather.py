"""The faults that come at a time of their own: kills, restarts, partitions, outages, clocks that jump, switches."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from profiles.simredis.connection import SimConnection
from profiles.simulate.epoch import Epoch, Machine
from profiles.simulate.scene import Scene
from service.core.switches import FlagChange
from service.roadmap import switch_keys
from service.store.clients import shared_client
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne

__all__ = ["Weather"]

_JUMPS_S = (3_600.0, -3_600.0, 86_400.0, -86_400.0)
_STEPS = {"move": 24, "pay": 60, "paid": 40}
"""Within how many steps of the loop after an occasion a kill falls."""

_AIMED = 0.12
_AIMED_WEATHER = 0.04
_SOON_S = 0.003


class Weather:
    """Brings this world's faults. `kill` is for whoever has the process."""

    def __init__(self, machine: Machine, epoch: Callable[[], Epoch]) -> None:
        self._machine = machine
        self._scene: Scene = machine.scene
        self._dice: random.Random = machine.scene.dice("weather")
        self._epoch = epoch
        self._kills_left = self._scene.rates.times("kill")
        self._aimed: list[Callable[[], Awaitable[None]]] = []
        self._scene.kill_soon = self._aim

    def begin(self, until_s: float) -> None:
        """Sets the time of everything that comes before `until_s`."""
        for kind, bring in self._kinds():
            times = self._scene.rates.times(kind)
            at_random = (times + 1) // 2
            for _ in range(at_random):
                self._scene.spawn(self._at(until_s * self._dice.random(), bring), "weather")
            if kind != "kill":
                self._aimed += [bring] * (times - at_random)
        self._dice.shuffle(self._aimed)

    def _kinds(self) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
        return (
            ("kill", self._kill),
            ("stop", self._stop),
            ("store-restart", self._restart),
            ("tail", self._lose_tail),
            ("store-partition", self._cut),
            ("outage", self._outage),
            ("chat-outage", self._chat_outage),
            ("clock", self._jump),
            ("flags", self._flip),
        )

    def clear(self) -> None:
        """The faults are over, and everything works again."""
        scene, machine = self._scene, self._machine
        scene.faults_on = False
        machine.store.refuses_until_s = machine.store.silent_until_s = 0.0
        machine.upstream.flash_down_until_s = machine.upstream.chat_down_until_s = 0.0
        scene.bot_clock.offset_s = 0.0

    async def _at(self, at_s: float, bring: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(at_s)
        if self._scene.faults_on:
            await bring()

    def _aim(self, occasion: str) -> None:
        """Something within the next steps, where it is most likely to hit a payment half way."""
        if not self._scene.faults_on:
            return
        if self._kills_left > 0 and self._dice.random() < _AIMED:
            self._kills_left -= 1
            self._scene.loop.crash_in(self._dice.randrange(_STEPS[occasion]), self._epoch().kill)
        if self._aimed and self._dice.random() < _AIMED_WEATHER:
            self._scene.spawn(self._at(_SOON_S * self._dice.random(), self._aimed.pop()), "weather")

    async def _kill(self) -> None:
        self._scene.loop.crash_in(self._dice.randrange(40), self._epoch().kill)

    async def _stop(self) -> None:
        await self._epoch().stop()

    async def _restart(self) -> None:
        await self._break_store("store-restart", tail_s=0.0)

    async def _lose_tail(self) -> None:
        await self._break_store("tail", tail_s=self._dice.random())

    async def _break_store(self, kind: str, tail_s: float) -> None:
        """A little before it happens it is known, so that what is under way then can be lost."""
        scene, store, down_s = self._scene, self._machine.store, 3 * self._dice.random() ** 2
        kept = scene.redis.data.databases[0].snapshot() if tail_s else None
        ahead_s = max(tail_s, 0.01)
        store.restarts_at_s = scene.now_s + ahead_s
        await asyncio.sleep(ahead_s)
        scene.fault(kind, lasts_s=down_s)
        await store.restart(down_s, kept)

    async def _cut(self) -> None:
        lasts_s = 15 * self._dice.random()
        self._scene.fault("store-partition", lasts_s=lasts_s + 5)
        self._machine.store.silent_until_s = self._scene.loop.time() + lasts_s

    async def _outage(self) -> None:
        lasts_s = 30 * self._dice.random()
        self._scene.fault("outage", lasts_s=lasts_s + 30)
        self._machine.upstream.flash_down_until_s = self._scene.loop.time() + lasts_s

    async def _chat_outage(self) -> None:
        lasts_s = 20 * self._dice.random()
        self._scene.fault("chat-outage", lasts_s=3 * lasts_s + 10)
        self._machine.upstream.chat_down_until_s = self._scene.loop.time() + lasts_s

    async def _jump(self) -> None:
        offset_s = self._dice.choice(_JUMPS_S)
        self._scene.fault("clock", detail=f"{offset_s:+.0f} s")
        self._scene.bot_clock.offset_s += offset_s

    async def _flip(self) -> None:
        """An operator switches an item, for all users or for some."""
        scene = self._scene
        client = shared_client("redis://store.sandbox", {"connection_class": SimConnection, "network": scene.redis})
        key, percent = self._dice.choice(sorted(switch_keys())), self._dice.choice((0.0, 50.0, 100.0))
        scene.fault("flags", detail=f"{key} {percent:.0f}%")
        await RedisFlags(OneByOne(client)).write(FlagChange(scene.clock.now(), key, percent, "operator"))
        await client.close()
