"""The way from a process to its store: fenced off when the process is dead, and never quite reliable."""

import asyncio
from collections.abc import Callable

from profiles.simredis.connection import Line
from profiles.simredis.keyspace import Snapshot
from profiles.simredis.server import DataServer
from profiles.simredis.session import Session
from profiles.simulate.scene import Scene
from service.store.payments import CONFIRM, MOVE

__all__ = ["StoreSide", "StoreTroubles"]

_FOR_EVER_S = 60.0
_SLOW_S = 1.0
_RTT_S = (0.0004, 0.0012)
_MOVES = (MOVE.sha.encode(), CONFIRM.sha.encode())
_AT_RANDOM = ("store-lost", "store-deaf", "store-slow")


class StoreTroubles:
    """What is wrong with the server and the network, for every process alike."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.dice = scene.dice("store")
        self.refuses_until_s = 0.0
        self.silent_until_s = 0.0
        self.restarts_at_s = -1.0
        self._lines: dict[Line, bool] = {}

    def opened(self, line: Line) -> None:
        self._lines[line] = True

    def closed(self, line: Line) -> None:
        self._lines.pop(line, None)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._lines)

    def is_doomed(self, line: Line, delay_s: float) -> bool:
        """Whether a command is lost because the server dies before it has answered it.

        Of the commands of one connection that were under way, it has carried out the first ones.
        """
        scene = self.scene
        if not scene.now_s < self.restarts_at_s <= scene.now_s + delay_s:
            return False
        if self._lines.get(line, True):
            self._lines[line] = self.dice.random() < 0.5  # noqa: PLR2004 - as often lost as kept
        return not self._lines.get(line, True)

    async def restart(self, down_s: float, lost: Snapshot | None = None) -> None:
        """All connections break and all scripts are forgotten; with `lost`, so is what came after that snapshot."""
        self.refuses_until_s = self.scene.loop.time() + down_s
        data = self.scene.redis.data
        data.scripts.forget()
        if lost is not None:
            data.databases[0].restore(lost)
        for line in [*self._lines]:
            line.hang_up()
        self._lines.clear()


class StoreSide:
    """One process's connections: a Network. `kill` fences them off."""

    def __init__(self, troubles: StoreTroubles) -> None:
        self._troubles = troubles
        self._scene = troubles.scene
        self._lines: list[Line] = []
        self._alive = True

    def kill(self) -> None:
        """From now on nothing gets through."""
        self._alive = False
        for line in self._lines:
            self._troubles.closed(line)

    async def open(self) -> Line:
        """A connection; refused while the server is down, and never answered while the network is cut."""
        loop, troubles = self._scene.loop, self._troubles
        await asyncio.sleep(_RTT_S[1])
        if not self._alive or loop.time() < troubles.refuses_until_s:
            raise ConnectionRefusedError("the simulated server does not run")
        if loop.time() < troubles.silent_until_s:
            await asyncio.sleep(_FOR_EVER_S)
            raise ConnectionRefusedError("the simulated server cannot be reached")
        line = _Line(self._scene.redis.data, self.left)
        self._lines.append(line)
        troubles.opened(line)
        return line

    def send(self, line: Line, data: bytes) -> tuple[bytes, float] | None:
        """As Network."""
        scene, troubles = self._scene, self._troubles
        if not self._alive:
            return None
        if scene.loop.time() < troubles.silent_until_s:
            return b"", _FOR_EVER_S
        if _MOVES[0] in data or _MOVES[1] in data:
            scene.kill_soon("move")
        least_s, most_s = _RTT_S
        delay_s = round(least_s + (most_s - least_s) * troubles.dice.random(), 6)
        if troubles.is_doomed(line, delay_s):
            return b"", _FOR_EVER_S
        return self._carry(line, data, delay_s, scene.rates.pick(_AT_RANDOM, troubles.dice.random()))

    def _carry(self, line: Line, data: bytes, delay_s: float, fault: str | None) -> tuple[bytes, float] | None:
        if fault is None or not self._scene.faults_on:
            return line.feed(data), delay_s
        self._scene.fault(fault, lasts_s=_SLOW_S if fault == "store-slow" else 0.0)
        if fault == "store-lost":
            return None
        replies = line.feed(data)
        return None if fault == "store-deaf" else (replies, delay_s + _SLOW_S)

    def left(self, line: Line) -> None:
        """The client has closed the connection."""
        self._troubles.closed(line)
        if line in self._lines:
            self._lines.remove(line)


class _Line(Session):
    """A session that says when it is closed."""

    def __init__(self, server: DataServer, on_close: Callable[[Line], None]) -> None:
        super().__init__(server)
        self._on_close = on_close

    def close(self) -> None:
        super().close()
        self._on_close(self)
