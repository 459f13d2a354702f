"""Worker processes in virtual time: they cost the event loop nothing, and take as long as the cost table says."""

import asyncio
from collections.abc import Callable
from typing import Any

from profiles.virtual_clock import DEFAULT_COSTS, CostTable
from service.ports import Clock

__all__ = ["VirtualWorkers"]


class VirtualWorkers:
    """Implements Compute with `size` processors beside the loop's own; `busy_s` is what they have worked."""

    def __init__(self, clock: Clock, costs: CostTable = DEFAULT_COSTS, size: int = 1) -> None:
        self._clock = clock
        self._costs = costs
        self._slots = asyncio.Semaphore(size)
        self.busy_s = 0.0

    async def __call__(self, work: str, function: Callable[..., Any], *args: Any) -> Any:
        """As Compute. Raises KeyError for work that the table does not know."""
        seconds = self._costs.seconds(work)
        async with self._slots:
            await self._clock.sleep(seconds)
            self.busy_s += seconds
            return function(*args)
