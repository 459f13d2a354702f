"""A virtual loop that can stop the world between any two steps of a program: at any await, in fact.

asyncio runs a program as a row of handles: the steps of tasks between two awaits, and callbacks. A kill -9 falls
between two of them, or within one, where it has the same effect as right before or right after it: what a step does
to the outside it does at its end, by writing to a connection.
"""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Iterator
from contextvars import Context
from typing import Any, TypeVar

from profiles.virtual_loop import VirtualLoop

__all__ = ["CrashingLoop", "run_crashing"]

T = TypeVar("T")

_COMPACT_AT = 2_000
_NEVER = -1


class CrashingLoop(VirtualLoop):
    """Counts the handles it runs in `steps`, and knows its tasks in the order in which they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self._crash_at = _NEVER
        self._crash: Callable[[], None] | None = None
        self._made: list[weakref.ref[asyncio.Task[Any]]] = []
        self._compact_at = _COMPACT_AT

    def crash_in(self, steps: int, crash: Callable[[], None]) -> None:
        """Calls `crash` once, when `steps` more handles have run; 0 is right before the next one.

        One that was set before and has not been called yet is replaced.
        """
        self._crash_at, self._crash = self.steps + steps, crash

    def create_task(self, coro: Any, *, name: object = None, context: Context | None = None) -> asyncio.Task[Any]:
        """As asyncio's, remembered for `tasks`."""
        task: asyncio.Task[Any] = super().create_task(coro, name=name, context=context)
        made = self._made
        made.append(weakref.ref(task))
        if len(made) >= self._compact_at:
            made[:] = [ref for ref in made if (one := ref()) is not None and not one.done()]
            self._compact_at = 2 * len(made) + _COMPACT_AT
        return task

    def tasks(self) -> Iterator[asyncio.Task[Any]]:
        """What is not done, oldest first: asyncio.all_tasks has no order that two runs would share."""
        for ref in list(self._made):
            task = ref()
            if task is not None and not task.done():
                yield task

    def _run_once(self) -> None:
        """As the loop below, with a look at the count before each handle."""
        ready = self._ready  # type: ignore[attr-defined]  # CPython's own name in all versions
        self._take_due(ready)
        if not ready and not self._stopping:  # type: ignore[attr-defined]  # as above
            self._wait()
            self._take_due(ready)
        for _ in range(len(ready)):
            if self.steps == self._crash_at:
                self._fall()
            handle = ready.popleft()
            self.steps += 1
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - as CPython's loop does

    def _fall(self) -> None:
        crash, self._crash, self._crash_at = self._crash, None, _NEVER
        if crash is not None:
            crash()


def run_crashing(main: Callable[[CrashingLoop], Coroutine[Any, Any, T]]) -> T:
    """Runs `main` to its end on a loop of its own and gives its result. Raises VirtualTimeError."""
    loop = CrashingLoop()
    results: list[T] = []

    async def keep() -> None:
        """The runner's task itself has no result: asyncio formats it for a message that nobody sees."""
        results.append(await main(loop))

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(keep())
    return results[0]
