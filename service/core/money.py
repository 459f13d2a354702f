"""Money as integers: cents, sats and display minor units; conversion by Flash's base/offset with Decimal.

Formulas: with price = base / 10**offset in minor display units per unit of the asset,
`minor = amount * base / 10**offset`, rounded half to even once, at the end.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from service.core.queries import Price

__all__ = [
    "MSAT_PER_SAT",
    "SATS_PER_BITCOIN",
    "format_minor",
    "format_usd",
    "minor_units",
    "parse_cents",
    "sats_to_cents",
]

SATS_PER_BITCOIN = 100_000_000
MSAT_PER_SAT = 1_000
_EXACT_DIGITS = 100
"""More than a product of two amounts has, so that nothing is rounded before the end."""

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,2})?")


def parse_cents(text: str) -> int | None:
    """Cents of a plain decimal string such as "1500" or "7.5".

    None for anything else: a sign, an exponent, more than two decimals, or digits of another script.
    """
    if not _AMOUNT.fullmatch(text):
        return None
    return int(Decimal(text) * 100)


def minor_units(amount: int, price: Price) -> int:
    """`amount` of the asset in minor units of the price's currency."""
    with localcontext(prec=_EXACT_DIGITS):
        exact = Decimal(amount * price.base).scaleb(-price.offset)
        return int(exact.to_integral_value(ROUND_HALF_EVEN))


def sats_to_cents(sats: int, bitcoin: Price) -> int:
    """Sats in US cents, by the USD price of one sat."""
    return minor_units(sats, bitcoin)


def format_minor(minor: int, fraction_digits: int) -> str:
    """Minor units as a grouped decimal: 123456 with 2 digits is "1,234.56"."""
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**fraction_digits)
    return f"{sign}{whole:,}.{part:0{fraction_digits}d}" if fraction_digits else f"{sign}{whole:,}"


def format_usd(cents: int) -> str:
    """Cents as "$1,234.56", negative as "-$1,234.56"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${format_minor(abs(cents), 2)}"
