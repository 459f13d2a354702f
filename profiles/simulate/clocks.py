"""Two times: the world's, which store, Flash and WhatsApp go by, and that of the bot's machine, which can be wrong."""

import asyncio

from profiles.virtual_loop import VirtualLoop

__all__ = ["START_UNIX_S", "TrueClock", "WrongClock"]

START_UNIX_S = 1_767_600_000.0
"""A Monday morning; any time does, as long as it is always the same."""


class TrueClock:
    """The Clock port by the loop's time. Work takes no time here."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        """Unix time in seconds."""
        return START_UNIX_S + self._loop.time()

    def monotonic(self) -> float:
        """Virtual seconds since the world began."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def charge(self, work: str) -> None:
        """Nothing: what is simulated is order, not speed."""


class WrongClock(TrueClock):
    """The bot's: `offset_s` is how far its wall clock is ahead. It jumps; the monotonic one does not."""

    offset_s = 0.0

    def now(self) -> float:
        return super().now() + self.offset_s
