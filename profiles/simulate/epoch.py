"""One life of the bot's process: built by the real wiring, killed without a word, fenced off afterwards."""

import asyncio

import msgspec

from profiles.picture import draw_stand_in, speak_stand_in
from profiles.simredis.connection import SimConnection
from profiles.simulate.flash_side import FlashSide, UpstreamTroubles
from profiles.simulate.history import Booted, Ended
from profiles.simulate.scene import Scene
from profiles.simulate.store_side import StoreSide, StoreTroubles
from profiles.virtual_clock import SeededDice
from profiles.virtual_run import post
from profiles.virtual_workers import VirtualWorkers
from service.app import build
from service.bot import Bot
from service.core.errors import StoreError
from service.settings import Settings
from service.wiring.outside import Outside

__all__ = ["Epoch", "Machine"]

_MOST_TURNS = 200
_DRAIN_S = 10.0


class Machine(msgspec.Struct, frozen=True):
    """Where processes run: what all of them are built from and connected to."""

    scene: Scene
    settings: Settings
    store: StoreTroubles
    upstream: UpstreamTroubles


class Epoch:
    """A process. `over` is set when it has ended, however it did."""

    def __init__(self, machine: Machine, number: int) -> None:
        self.number = number
        self.over = asyncio.Event()
        self.is_up = False
        self._scene = machine.scene
        self._store = StoreSide(machine.store)
        self._upstream = FlashSide(machine.upstream)
        self._alive = True
        self._is_buried = False
        self._burial = asyncio.Lock()
        self.bot: Bot = build(
            machine.settings,
            Outside(
                self._scene.bot_clock,
                SeededDice(f"{self._scene.seed}/bot/{number}"),
                transport=self._upstream,
                connection={"connection_class": SimConnection, "network": self._store},
                draw=draw_stand_in,
                speak=speak_stand_in,
                compute=VirtualWorkers(self._scene.bot_clock),
            ),
        )

    async def start(self) -> None:
        """Boots; a process that does not find its store ends at once."""
        booting = self._scene.loop.create_task(self.bot.start(), name="boot")
        await asyncio.wait({booting})
        error = None if booting.cancelled() else booting.exception()
        if self._alive:
            if error is not None and not isinstance(error, StoreError):
                raise error
            self.is_up = error is None
            self._scene.history.add(Booted(self._scene.now_s, self.number, self.is_up))
            if not self.is_up:
                self._die("failed to start")
        await self._reap()

    def kill(self, how: str = "killed") -> None:
        """Kill -9, right now: nothing that this process has not done yet will ever be done."""
        if self._alive:
            self._die(how)

    async def end(self) -> None:
        """The world is over."""
        self.kill("ended with the world")
        await self._reap()

    async def stop(self) -> None:
        """SIGTERM: the process ends on its own, within its time."""
        stopping = self._scene.loop.create_task(self.bot.stop(_DRAIN_S), name="stop")
        await asyncio.wait({stopping})
        if self._alive:
            self._die("stopped")
        await self._reap()

    async def post(self, body: bytes, signature: str) -> int:
        """The status of a webhook; 0 when the process died meanwhile, or was not up."""
        if not (self._alive and self.is_up):
            return 0
        posting = self._scene.loop.create_task(post(self.bot.asgi, body, signature), name="webhook")
        done, _ = await asyncio.wait({posting}, timeout=20.0)
        if not done or posting.cancelled() or not self._alive:
            return 0
        status: int = posting.result()
        return status

    def _die(self, how: str) -> None:
        self._alive = self.is_up = False
        self._store.kill()
        self._upstream.kill()
        self._scene.history.add(Ended(self._scene.now_s, self.number, how, self._scene.undecided()))
        for task in self._scene.tasks_of_bot():
            task.cancel()
        self.over.set()

    async def _reap(self) -> None:
        """Lets what is left of the process fall over, in no time at all, and gives back what the simulation holds."""
        async with self._burial:
            if self._alive or self._is_buried:
                return
            for _ in range(_MOST_TURNS):
                tasks = self._scene.tasks_of_bot()
                if not tasks:
                    break
                for task in tasks:
                    task.cancel()
                await asyncio.sleep(0)
            else:
                raise RuntimeError(f"tasks outlive their process: {[task.get_name() for task in tasks]}")
            for client in (self.bot.shared, self.bot.pooled, self.bot.apart):
                await client.close()
            self._is_buried = True

    async def buried(self) -> None:
        """Waits for the end of the process, and for the last of its tasks."""
        await self.over.wait()
        await self._reap()
