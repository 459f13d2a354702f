"""The outermost decorator of reads: what was asked for, and where the answers came from."""

import asyncio
from collections.abc import Callable

from service.core.queries import Query, Reading, ReadingSource
from service.ports import Clock, Fetch, Meter

__all__ = ["Counted"]


class Counted:
    """Meters `reads`, labelled `namespace:what`.

    `asked` is every cacheable read, the denominator of the hit rate; it is also the sum of `hit`, `stale`,
    `coalesced`, `miss`, `error` and `cancelled`. A read with `fresh` can come from no cache, so it counts as `fresh`
    and as nothing else. `on_read` is told of every read, fresh or not, and the Unix time at which it was asked,
    `on_answer` of where the answer to one that is not fresh came from.
    """

    def __init__(
        self,
        fetch: Fetch,
        meter: Meter,
        clock: Clock,
        on_read: Callable[[Query, float], None] | None = None,
        on_answer: Callable[[ReadingSource], None] | None = None,
    ) -> None:
        self._fetch = fetch
        self._meter = meter
        self._clock = clock
        self._on_read = on_read
        self._on_answer = on_answer

    async def __call__(self, query: Query) -> Reading:
        self._ask(query)
        if query.fresh:
            return await self._fetch(query)
        try:
            reading = await self._fetch(query)
        except asyncio.CancelledError:
            self._meter.count("reads", f"{query.namespace}:cancelled")
            raise
        except Exception:
            self._meter.count("reads", f"{query.namespace}:error")
            raise
        self._meter.count("reads", f"{query.namespace}:{reading.source}")
        if self._on_answer is not None:
            self._on_answer(reading.source)
        return reading

    def _ask(self, query: Query) -> None:
        self._meter.count("reads", f"{query.namespace}:{'fresh' if query.fresh else 'asked'}")
        if self._on_read is not None:
            self._on_read(query, self._clock.now())
