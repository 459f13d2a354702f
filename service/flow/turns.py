"""Turns: of what concerns one user, one thing at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Turns"]


class Turns:
    """A lock for each user who is being served. Kept only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def __call__(self, user: str) -> AsyncIterator[None]:
        """Waits for the user's turn and holds it."""
        lock = self._locks.setdefault(user, asyncio.Lock())
        self._wanted[user] = self._wanted.get(user, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[user] -= 1
            if not self._wanted[user]:
                del self._wanted[user], self._locks[user]

    def __len__(self) -> int:
        """How many users are being served."""
        return len(self._locks)
