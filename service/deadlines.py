"""Time limits of one length for many waits, kept by one timer.

A timer for each wait would be set and taken back every time, and asyncio's own time limit looks up the loop and the
task again and again: for what takes microseconds unless it hangs, that is a tenth of it. Of limits that are all equally
long the oldest runs out first, so a timer for that one is enough.
"""

import asyncio
from contextlib import AbstractContextManager

__all__ = ["Deadlines"]


class Deadlines:
    """Limits of `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._waits: dict[_Wait, None] = {}  # the oldest first
        self._timer: asyncio.TimerHandle | None = None

    def limit(self) -> AbstractContextManager[None]:
        """As asyncio.timeout: what is awaited inside is cancelled when the time is up, and becomes a TimeoutError."""
        return _Wait(self)

    def begin(self, wait: "_Wait", loop: asyncio.AbstractEventLoop) -> float:
        """Counts from now; gives the loop's time at which the wait has to end."""
        due_s = loop.time() + self._limit_s
        self._waits[wait] = None
        if self._timer is None:
            self._timer = loop.call_at(due_s, self._look, loop)
        return due_s

    def end(self, wait: "_Wait") -> None:
        """The wait is over."""
        self._waits.pop(wait, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends what is due; the oldest of the others says when to look again."""
        self._timer = None
        now_s = loop.time()
        for wait in list(self._waits):
            if wait.due_s > now_s:
                self._timer = loop.call_at(wait.due_s, self._look, loop)
                return
            del self._waits[wait]
            wait.expire()


class _Wait:
    """A class, because a generator as a context manager takes several times as long."""

    __slots__ = ("_cancelling", "_deadlines", "_is_expired", "_task", "due_s")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._is_expired = False

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a wait is limited inside a task")
        self._task = task
        self._cancelling = task.cancelling()
        self.due_s = self._deadlines.begin(self, loop)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Whoever else has cancelled the task meanwhile is heard before the limit."""
        self._deadlines.end(self)
        if self._is_expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """The time is up."""
        self._is_expired = True
        self._task.cancel()
