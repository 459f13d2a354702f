"""Time limits of one length for many waits, kept by one timer.

A timer for each wait would be set and taken back at every round trip, which costs a tenth of it; of limits that are
all equally long the oldest runs out first, so a timer for that one is enough.
"""

import asyncio

__all__ = ["Deadlines"]


class Deadlines:
    """Makes the asyncio.Timeout that it is given run out after `limit_s` seconds, unless it has ended by then."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._due_s: dict[asyncio.Timeout, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, timeout: asyncio.Timeout) -> None:
        """Counts from now. The timeout has been entered, with no time of its own."""
        loop = asyncio.get_running_loop()
        due_s = self._due_s[timeout] = loop.time() + self._limit_s
        if self._timer is None:
            self._timer = loop.call_at(due_s, self._look)

    def end(self, timeout: asyncio.Timeout) -> None:
        """The wait is over: called before the timeout is left."""
        self._due_s.pop(timeout, None)

    def _look(self) -> None:
        """Ends what is due; the oldest of the others says when to look again."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._due_s:
            timeout, due_s = next(iter(self._due_s.items()))
            if due_s > loop.time():
                self._timer = loop.call_at(due_s, self._look)
                return
            del self._due_s[timeout]
            timeout.reschedule(due_s)
