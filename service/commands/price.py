from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.display import US_DOLLAR, find_currency
from service.commands.reading import Known, Reader
from service.commands.rules import currency_form
from service.core.commands import CommandType
from service.core.errors import UpstreamRefused
from service.core.money import SATS_PER_BITCOIN, minor_units
from service.core.queries import Currencies, Currency, Price
from service.core.requests import Request
from service.core.results import PriceShown, Problem, Result
from service.ports import Rule

__all__ = ["PriceCommand"]

_UNKNOWN_CURRENCY = frozenset({"INVALID_INPUT", "NOT_FOUND"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCommand:
    """`price [currency]`: one bitcoin in that currency, else in the user's own, else in dollars."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.PRICE
    rules: ClassVar[Sequence[Rule]] = (currency_form,)

    async def handle(self, request: Request) -> Result:
        reader = self.accounts.reader(request)
        currency_id = await _currency_of(request, reader)
        try:
            currency, price = await _price_in(reader, currency_id)
        except UpstreamRefused as refusal:
            if refusal.code in _UNKNOWN_CURRENCY:
                return Problem("currency-unknown", {"currency": currency_id})
            raise
        if currency is None:
            return Problem("currency-unknown", {"currency": currency_id})
        return PriceShown(minor_units(SATS_PER_BITCOIN, price.value), currency, price.age_s(request.now_s))


async def _price_in(reader: Reader, currency_id: str) -> tuple[Currency | None, Known[Price]]:
    if currency_id == US_DOLLAR.id:
        return US_DOLLAR, await reader.price(currency_id)
    price: Known[Price]
    listed: Known[Currencies]
    price, listed = await reader.together(lambda: reader.price(currency_id), reader.currencies)
    return find_currency(listed.value, currency_id), price


async def _currency_of(request: Request, reader: Reader) -> str:
    typed = request.command.args.get("currency")
    if typed is not None:
        return typed.upper()
    return (await reader.profile()).value.currency if reader.account else US_DOLLAR.id
