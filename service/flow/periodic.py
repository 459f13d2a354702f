"""Work that is done again and again."""

from collections.abc import Awaitable, Callable

import structlog

from service.core.errors import PulseError
from service.ports import Clock, Meter

__all__ = ["every"]


async def every(
    interval_s: float, step: Callable[[], Awaitable[object]], clock: Clock, meter: Meter, *, name: str
) -> None:
    """Does the step, waits, and so on, until it is cancelled: a step that fails is tried again next time.

    Meters `background_errors` by name, for failures that are neither the store's nor Flash's.
    """
    log = structlog.get_logger("periodic")
    while True:
        try:
            await step()
        except PulseError as error:
            log.warning("will be tried again", step=name, error=str(error))
        except Exception:
            meter.count("background_errors", name)
            log.exception("failed unexpectedly, will be tried again", step=name)
        await clock.sleep(interval_s)
