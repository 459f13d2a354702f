"""Marked points: what passes between the bot and the outside, and what is done when a certain thing passes.

Nothing in the bot knows of them. They sit in the proxy before its store and around the simulated Flash and WhatsApp.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

__all__ = ["WAIT_S", "CutError", "Event", "Moment", "Trap", "Traps"]

WAIT_S = 40.0
"""How long anything may take that has to happen."""


class Moment(StrEnum):
    """When, in the life of one request of the bot."""

    BEFORE = "before its effect"
    EFFECT = "after its effect, before the answer"
    AFTER = "after the answer"


class Event(NamedTuple):
    """Something that the bot asks of the outside: what it is called, and all that it says."""

    name: str
    content: bytes


class CutError(Exception):
    """A trap wants that nothing more passes on this connection."""


class Trap:
    """Springs once, when the `nth` event of this name that says one of `about` is at this moment.

    `act` gives whether the event may go on its way; else its connection is cut.
    """

    def __init__(
        self, name: str, moment: Moment, act: Callable[[], Awaitable[bool]], about: Sequence[bytes], nth: int
    ) -> None:
        self.name = name
        self.moment = moment
        self._sprung = asyncio.Event()
        self._act = act
        self._about = about
        self._left = nth

    def __str__(self) -> str:
        return f"{self.name} {self.moment}"

    def meets(self, event: Event, moment: Moment) -> bool:
        """Whether it springs now; counts the event."""
        if (event.name, moment) != (self.name, self.moment) or not any(one in event.content for one in self._about):
            return False
        self._left -= 1
        return self._left == 0

    async def wait(self) -> None:
        """Returns when it has sprung."""
        async with asyncio.timeout(WAIT_S):
            await self._sprung.wait()

    @property
    def has_sprung(self) -> bool:
        return self._sprung.is_set()

    async def spring(self) -> None:
        """Raises CutError."""
        may_pass = await self._act()
        self._sprung.set()
        if not may_pass:
            raise CutError(self.name)


class Traps:
    """Those that are set. `seen` counts what passed, by name and moment, trap or not."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, Moment], int] = {}
        self._set: list[Trap] = []

    def set(
        self,
        name: str,
        moment: Moment,
        act: Callable[[], Awaitable[bool]],
        *,
        about: Sequence[bytes] = (b"",),
        nth: int = 1,
    ) -> Trap:
        """Sets one."""
        trap = Trap(name, moment, act, about, nth)
        self._set.append(trap)
        return trap

    def clear(self) -> None:
        """Takes all of them away."""
        self._set.clear()

    async def reached(self, event: Event, moment: Moment) -> None:
        """Called wherever something passes. Raises CutError."""
        key = (event.name, moment)
        self.seen[key] = self.seen.get(key, 0) + 1
        for trap in list(self._set):
            if trap.meets(event, moment):
                self._set.remove(trap)
                await trap.spring()
