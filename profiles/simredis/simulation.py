"""A Redis server and the way to it, with a modelled round trip."""

import asyncio
from collections.abc import Callable
from typing import Any

from profiles.round_trip import RoundTrip
from profiles.simredis.connection import Line, SimConnection
from profiles.simredis.server import DataServer
from profiles.simredis.session import Session
from service.ports import Clock, Dice

__all__ = ["Fault", "SimRedis"]


Fault = Callable[[bytes], bool]
"""Sees the bytes of a flush after they took effect; True cuts the line before the reply."""


class SimRedis:
    """One server, shared by the clients that are made from it.

    `round_trips` counts flushes that waited for a reply (a pipeline of ten commands is one), `commands` what they
    carried; neither counts the opening of connections, which `connections_opened` does.
    """

    def __init__(self, clock: Clock, model: RoundTrip, dice: Dice, *, fault: Fault | None = None) -> None:
        """Expiry follows the clock; chance is drawn only where the model has a spread."""
        self.data = DataServer(clock.now)
        self.fault = fault
        self.round_trips = 0
        self.commands = 0
        self.connections_opened = 0
        self._model = model
        self._dice = dice

    async def open(self) -> Line:
        """A new connection, after its handshake."""
        self.connections_opened += 1
        for _ in range(self._model.handshake):
            await asyncio.sleep(self._model.draw_s(self._dice))
        return Session(self.data)

    def send(self, line: Line, data: bytes) -> tuple[bytes, float] | None:
        """One flush: its replies, and the seconds until they arrive."""
        before = line.commands
        replies = line.feed(data)
        self.round_trips += 1
        self.commands += line.commands - before
        if self.fault is not None and self.fault(data):
            return None
        return replies, self._model.draw_s(self._dice)

    def connection_kwargs(self) -> dict[str, Any]:
        """What makes a pool's connections lead here: `BlockingConnectionPool(**sim.connection_kwargs())`."""
        return {"connection_class": SimConnection, "network": self}
