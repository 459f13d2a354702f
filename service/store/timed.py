"""Item 6.1 on: how long round trips to the store take."""

from collections.abc import Sequence
from typing import Any

from service.core.errors import StoreError
from service.ports import Clock, Meter
from service.store.commands import Link

__all__ = ["Timed"]


class Timed:
    """A link whose round trips are observed as `store_s`, with the wait for a connection, by the connection's name.

    Meters `store_commands` and `store_failures` by the same.
    """

    def __init__(self, link: Link, name: str, clock: Clock, meter: Meter) -> None:
        self._link = link
        self._name = name
        self._clock = clock
        self._meter = meter

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        """As Link."""
        self._meter.count("store_commands", self._name, len(commands))
        started_s = self._clock.monotonic()
        try:
            return await self._link.ask(commands)
        except StoreError:
            self._meter.count("store_failures", self._name)
            raise
        finally:
            self._meter.observe("store_s", self._clock.monotonic() - started_s, self._name)
