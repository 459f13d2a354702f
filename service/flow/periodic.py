"""Work that is done again and again."""

from collections.abc import Awaitable, Callable

import structlog

from service.core.errors import PulseError
from service.ports import Clock

__all__ = ["every"]


async def every(interval_s: float, step: Callable[[], Awaitable[object]], clock: Clock, *, name: str) -> None:
    """Does the step, waits, and so on, for ever; a step that the store or Flash failed is tried again next time."""
    log = structlog.get_logger("periodic")
    while True:
        try:
            await step()
        except PulseError as error:
            log.warning("will be tried again", step=name, error=str(error))
        await clock.sleep(interval_s)
