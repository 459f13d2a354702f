"""Dollars in the user's display currency."""

import msgspec

from service.commands.reading import Known, Reader
from service.core.money import minor_units
from service.core.queries import Currencies, Currency, Price
from service.core.results import Money

__all__ = ["US_DOLLAR", "Display", "display_in", "find_currency"]

US_DOLLAR = Currency("USD", "$", "US Dollar", 2)
"""Known without asking: every account holds dollars."""


class Display(msgspec.Struct, frozen=True):
    """How amounts are shown: in dollars, and in `currency` too where there is one."""

    currency: Currency | None = None
    rate: Known[Price] | None = None

    def money(self, cents: int) -> Money:
        if self.currency is None or self.rate is None:
            return Money(cents)
        return Money(cents, minor_units(cents, self.rate.value), self.currency)

    def age_s(self, now_s: float) -> float | None:
        """How old the rate is, when it is older than it should be."""
        return self.rate.age_s(now_s) if self.rate else None


async def display_in(reader: Reader, currency_id: str) -> Display:
    """How to show amounts in a currency. Dollars need no read; a currency that Flash does not list is left out."""
    if currency_id == US_DOLLAR.id:
        return Display()
    rate: Known[Price]
    listed: Known[Currencies]
    rate, listed = await reader.together(lambda: reader.rate(currency_id), reader.currencies)
    return Display(find_currency(listed.value, currency_id), rate)


def find_currency(listed: Currencies, currency_id: str) -> Currency | None:
    """The listed currency with this id."""
    return next((currency for currency in listed.items if currency.id == currency_id), None)
