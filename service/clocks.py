"""The machine's own time and chance."""

import asyncio
import os
import time

__all__ = ["SystemClock", "SystemDice"]

_DOUBLE_BITS = 53


class SystemClock:
    """Implements Clock."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)

    def charge(self, work: str) -> None:
        """Nothing: the work has taken its time already."""


class SystemDice:
    """Implements Dice."""

    def token(self, nbytes: int) -> bytes:
        """Bytes from the operating system."""
        return os.urandom(nbytes)

    def uniform(self) -> float:
        """A float in [0, 1), with 53 random bits."""
        return (int.from_bytes(os.urandom(7)) >> 3) / (1 << _DOUBLE_BITS)
