"""Turns: of what concerns one user, one thing at a time."""

import asyncio
from contextlib import AbstractAsyncContextManager

__all__ = ["Turns"]


class Turns:
    """A lock for each user who is being served. Kept only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    def __call__(self, user: str) -> AbstractAsyncContextManager[None]:
        """Waits for the user's turn and holds it."""
        return _Turn(self._locks, self._wanted, user)

    def __len__(self) -> int:
        """How many users are being served."""
        return len(self._locks)


class _Turn:
    """A class, because a generator as a context manager takes several times as long."""

    __slots__ = ("_lock", "_locks", "_user", "_wanted")

    def __init__(self, locks: dict[str, asyncio.Lock], wanted: dict[str, int], user: str) -> None:
        self._locks = locks
        self._wanted = wanted
        self._user = user

    async def __aenter__(self) -> None:
        self._lock = self._locks.setdefault(self._user, asyncio.Lock())
        self._wanted[self._user] = self._wanted.get(self._user, 0) + 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._wanted[self._user] -= 1
        if not self._wanted[self._user]:
            del self._wanted[self._user], self._locks[self._user]
