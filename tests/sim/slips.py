"""Slips to be planted: money that goes astray, a no that pays, a flight that leaves others behind."""

import asyncio
from typing import Any

import msgspec

from service.commands.paying import Paying
from service.core.payments import Payment
from service.core.queries import Query, Reading
from service.gateway import flash_wallet
from service.gateway.single_flight import SingleFlight, _Flight

__all__ = ["flight_of_its_leader", "no_means_yes", "order_to_the_one_before"]

_ORDER = flash_wallet._payment_order
_WITHDRAW = Paying.withdraw
_before: list[str] = []


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


def order_to_the_one_before(payment: Payment, key: str | None) -> Any:
    """A payment to a wallet goes to that of the payment before."""
    if payment.target.kind != "wallet":
        return _ORDER(payment, key)
    _before.append(payment.target.address)
    target = msgspec.structs.replace(payment.target, address=_before[-2:][0])
    return _ORDER(msgspec.structs.replace(payment, target=target), key)


async def no_means_yes(self: Paying, request: Any, payment: Payment, reason: str) -> Any:
    """A payment that its user declines is paid."""
    if reason == "declined":
        return await self.confirm(request, payment)
    return await _WITHDRAW(self, request, payment, reason)
