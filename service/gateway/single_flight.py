"""Item 1.1: the same read, asked for many times at once, is asked of the upstream once."""

import asyncio
from dataclasses import dataclass

import msgspec

from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Query, Reading, ReadingSource
from service.gateway.background import launch
from service.ports import Fetch, Meter, Spawn

__all__ = ["FLIGHT_LIMIT_S", "SingleFlight"]

FLIGHT_LIMIT_S = 20.0
"""No flight lasts longer, whatever became of its task: a key can never be blocked for good."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Flight:
    query: Query
    landed: asyncio.Future[Reading]
    limit: asyncio.TimerHandle


class SingleFlight:
    """Shares the answer of a read between all who ask while it is under way; it keeps nothing afterwards.

    The upstream is asked in a task of its own, which acts by the switches of the caller who started it: whoever leaves
    early (cancelled, out of time), the others get their answer, and an error goes to all of them. Those who joined get
    a Reading of source COALESCED. A flight is known by the read's key and the account's token, so that nobody meets
    the fate of another one's token. Fresh reads never share. Only a Query passes here, so never a payment.

    Meters `single_flight` by `led` and `joined`.
    """

    def __init__(self, fetch: Fetch, spawn: Spawn, meter: Meter) -> None:
        self._fetch = fetch
        self._spawn = spawn
        self._meter = meter
        self._flights: dict[_Key, _Flight] = {}

    async def __call__(self, query: Query) -> Reading:
        if query.fresh:
            return await self._fetch(query)
        flight = self._flights.get(_key(query))
        if flight is None:
            self._meter.count("single_flight", "led")
            return await asyncio.shield(self._launch(query).landed)
        self._meter.count("single_flight", "joined")
        reading = await asyncio.shield(flight.landed)
        if reading.source is ReadingSource.STALE:
            return reading  # that it is old matters more than that it was shared
        return msgspec.structs.replace(reading, source=ReadingSource.COALESCED)

    async def forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        """Later callers start anew; those who have joined a flight of this account keep it."""
        for key, flight in list(self._flights.items()):
            account = flight.query.account
            if account is not None and account.id == account_id and flight.query.namespace in namespaces:
                del self._flights[key]

    def _launch(self, query: Query) -> _Flight:
        loop = asyncio.get_running_loop()
        landed: asyncio.Future[Reading] = loop.create_future()
        flight = _Flight(query, landed, loop.call_later(FLIGHT_LIMIT_S, self._expire, query, landed))
        self._flights[_key(query)] = flight
        launch(self._spawn, self._fly(flight), name=f"read {query.namespace}", undo=lambda: self._drop(flight))
        return flight

    async def _fly(self, flight: _Flight) -> None:
        try:
            reading = await self._fetch(flight.query)
        except asyncio.CancelledError:
            _fail(flight.landed, UpstreamUnavailable(flight.query.namespace, "the service is stopping"))
            raise
        except Exception as error:  # noqa: BLE001 - it is raised again in every caller
            _fail(flight.landed, error)
        else:
            if not flight.landed.done():
                flight.landed.set_result(reading)
        finally:
            self._drop(flight)

    def _drop(self, flight: _Flight) -> None:
        """The key may be another flight's by now."""
        flight.limit.cancel()
        if self._flights.get(_key(flight.query)) is flight:
            del self._flights[_key(flight.query)]

    def _expire(self, query: Query, landed: asyncio.Future[Reading]) -> None:
        _fail(landed, UpstreamUnavailable(query.namespace, f"no answer within {FLIGHT_LIMIT_S:g} s"))
        flight = self._flights.get(_key(query))
        if flight is not None and flight.landed is landed:
            self._drop(flight)


def _key(query: Query) -> _Key:
    return query.key, query.account.token if query.account else ""


def _fail(landed: asyncio.Future[Reading], error: Exception) -> None:
    """Without the second line, an error that all callers left behind would be logged as lost."""
    if not landed.done():
        landed.set_exception(error)
        landed.exception()
