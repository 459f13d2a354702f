"""Background work with a parent: nothing outlives the service, and no failure in it reaches a message."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from service.ports import Meter

__all__ = ["MAX_TASKS", "Nursery"]

MAX_TASKS = 10_000
"""More background tasks than this mean that something is stuck: further work is refused."""


class Nursery:
    """Implements Spawn. `close` cancels what is left and waits for it."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("nursery")

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Starts the work. Raises RuntimeError at the bound."""
        if len(self._tasks) >= MAX_TASKS:
            work.close()
            raise RuntimeError(f"{MAX_TASKS} background tasks are running; {name} was not started")
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Cancels all work and waits until it is gone."""
        while self._tasks:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A failure is logged and counted here and goes no further: a listener must not break a payment."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._meter.count("background_errors", task.get_name())
            self._log.error("background work failed", work=task.get_name(), exc_info=error)
