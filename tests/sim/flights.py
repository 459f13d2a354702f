"""A mistake in sharing reads, to be planted."""

import asyncio

from service.core.queries import Query, Reading
from service.gateway.single_flight import SingleFlight, _Flight

__all__ = ["flight_of_its_leader"]


async def flight_of_its_leader(self: SingleFlight, query: Query) -> Reading:
    """Whoever comes first asks for all, and leaves the others behind when it fails."""
    if query.fresh:
        return await self._fetch(query)
    key = (query.key, query.account.token if query.account else "")
    flight = self._flights.get(key)
    if flight is not None:
        return await flight.landed
    loop = asyncio.get_running_loop()
    flight = self._flights[key] = _Flight(query, loop.create_future(), loop.call_later(1e9, id, None))
    reading = await self._fetch(query)
    flight.landed.set_result(reading)
    self._drop(flight)
    return reading
