"""Item 6.1 on: how late the event loop is. What keeps it busy keeps every user waiting."""

from collections.abc import Callable

from service.ports import Clock, Meter

__all__ = ["LAG_EVERY_S", "LoopLag"]

LAG_EVERY_S = 0.25
"""What blocks the loop for so long is always seen, what blocks it for less by its share of this time."""

_OFF_S = 2.0


class LoopLag:
    """Observes `loop_lag_s`: by how much more than asked for a timer took. Looks now and then whether it is wanted."""

    def __init__(self, clock: Clock, meter: Meter, is_on: Callable[[], bool]) -> None:
        self._clock = clock
        self._meter = meter
        self._is_on = is_on

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            if self._is_on():
                asked_s = self._clock.monotonic()
                await self._clock.sleep(LAG_EVERY_S)
                self._meter.observe("loop_lag_s", max(0.0, self._clock.monotonic() - asked_s - LAG_EVERY_S))
            else:
                await self._clock.sleep(_OFF_S)
