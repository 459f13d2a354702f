"""Telling others what happened (item 4.1)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.core.events import Event

__all__ = ["Announce", "Delivery", "EventLog", "Listener"]

Announce = Callable[[Sequence[Event]], Awaitable[None]]
"""Tells whoever listens. Raises nothing but cancellation: what is told has happened, and stays so."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know what. `hear` may be called twice with one event, and raises what it likes."""

    name: str
    kinds: tuple[type[Event], ...]
    hear: Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one listener; None for one that cannot be read. `tries` counts this one."""

    id: str
    event: Event | None
    tries: int = 1


class EventLog(Protocol):
    """Events that other processes hear, too, in order; each listener has its own place in it. Raises StoreError."""

    async def append(self, events: Sequence[Event]) -> int:
        """Adds the events, repeatably; how many old ones had to make room."""

    async def take(self, listener: str, limit: int) -> list[Delivery]:
        """The next ones that this listener has not been given in any instance."""

    async def take_over(self, listener: str, limit: int) -> list[Delivery]:
        """Those that were given to an instance which has not dealt with them in time."""

    async def done(self, listener: str, ids: Sequence[str]) -> None:
        """The listener has dealt with them, or given up."""

    async def since(self, place: str, limit: int) -> tuple[list[Event], str]:
        """Whatever was added after that place ("" is the end), and the new place: for what every instance must hear."""
