"""What a bitcoin and a dollar cost: a function of seed and time, without history.

A price moves in steps of ten seconds. Each step is a sum of slow triangle waves and a little hashed noise, all in
integers (parts per million), so that the same seed gives the same price on every machine, to the last digit.
"""

import hashlib
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

import msgspec

from service.core.money import MSAT_PER_SAT

__all__ = ["CENT_OFFSET", "CURRENCIES", "SAT_OFFSET", "STEP_S", "Prices", "Quote", "SandboxCurrency"]

STEP_S = 10
SAT_OFFSET = 12
CENT_OFFSET = 6

_BITCOIN_CENTS = 9_500_000
_BITCOIN_WAVES = ((8_640, 30_000), (977, 8_000), (61, 1_500))  # (period in steps, amplitude in ppm)
_RATE_WAVES = ((60_480, 4_000), (2_003, 900))
_BITCOIN_NOISE_PPM = 400
_RATE_NOISE_PPM = 60
_MILLION = 1_000_000
_SAT_SCALE = 1_000_000_000_000  # 10**SAT_OFFSET


class SandboxCurrency(msgspec.Struct, frozen=True):
    """A display currency; `per_dollar_millionths` is its mean rate in major units."""

    id: str
    symbol: str
    name: str
    flag: str
    fraction_digits: int
    per_dollar_millionths: int


def _table(*rows: SandboxCurrency) -> Mapping[str, SandboxCurrency]:
    return MappingProxyType({row.id: row for row in rows})


CURRENCIES = _table(
    SandboxCurrency("USD", "$", "US Dollar", "🇺🇸", 2, 1_000_000),
    SandboxCurrency("JMD", "J$", "Jamaican Dollar", "🇯🇲", 2, 160_250_000),
    SandboxCurrency("EUR", "€", "Euro", "🇪🇺", 2, 921_000),
    SandboxCurrency("GBP", "£", "British Pound Sterling", "🇬🇧", 2, 786_000),
    SandboxCurrency("CAD", "CA$", "Canadian Dollar", "🇨🇦", 2, 1_362_000),
    SandboxCurrency("TTD", "TT$", "Trinidad and Tobago Dollar", "🇹🇹", 2, 6_790_000),
    SandboxCurrency("BBD", "Bds$", "Barbadian Dollar", "🇧🇧", 2, 2_000_000),
    SandboxCurrency("HTG", "G", "Haitian Gourde", "🇭🇹", 2, 131_400_000),
    SandboxCurrency("NGN", "₦", "Nigerian Naira", "🇳🇬", 2, 1_540_000_000),
    SandboxCurrency("JPY", "¥", "Japanese Yen", "🇯🇵", 0, 151_300_000),
)
"""The currencies of the simulated API."""


class Quote(msgspec.Struct, frozen=True):
    """Prices in minor units of `currency`: of a sat, times 10**12, and of a US cent, times 10**6, from `at_s` on."""

    currency: str
    sat_base: int
    cent_base: int
    at_s: int
    fraction_digits: int


class Prices:
    """Quotes at any time. `moving=False` keeps every price at its mean."""

    def __init__(self, seed: int, *, moving: bool = True) -> None:
        self._seed = seed
        self._moving = moving
        self._step = -1
        self._quotes: dict[str, Quote] = {}

    def quote(self, currency: str, now_s: float) -> Quote:
        """The prices in a currency of CURRENCIES at a time. Raises KeyError for another."""
        step = int(now_s) // STEP_S
        if step != self._step:
            self._step, self._quotes = step, {}
        quote = self._quotes.get(currency)
        if quote is None:
            quote = self._quotes[currency] = self._compute(CURRENCIES[currency], step)
        return quote

    def display_amount(self, cents: int, currency: str, now_s: float) -> str:
        """Dollar cents in major units of a currency, as a decimal string with that currency's digits."""
        quote = self.quote(currency, now_s)
        minor = (Decimal(cents) * quote.cent_base).scaleb(-CENT_OFFSET)
        return str(minor.to_integral_value(ROUND_HALF_EVEN).scaleb(-quote.fraction_digits))

    def sats(self, cents: int, now_s: float) -> int:
        """How many whole sats these cents buy."""
        return cents * _SAT_SCALE // self.quote("USD", now_s).sat_base

    def cents(self, msat: int, now_s: float) -> int:
        """What this many millisats cost, rounded up to a whole cent."""
        return -(-msat * self.quote("USD", now_s).sat_base // (MSAT_PER_SAT * _SAT_SCALE))

    def _compute(self, currency: SandboxCurrency, step: int) -> Quote:
        bitcoin = _MILLION + self._drift("BTC", step, _BITCOIN_WAVES, _BITCOIN_NOISE_PPM)
        rate = _MILLION
        if currency.id != "USD":
            rate += self._drift(currency.id, step, _RATE_WAVES, _RATE_NOISE_PPM)
        # Minor units per cent, times 10**6: major units per dollar, times 10**6, for a currency with two digits.
        cent_base = currency.per_dollar_millionths * 10**currency.fraction_digits * rate // (100 * _MILLION)
        # A sat costs bitcoin_cents / 10**8 cents; times 10**12 that is bitcoin_cents * 10**4.
        sat_base = _BITCOIN_CENTS * 10_000 * bitcoin * cent_base // (_MILLION * 10**CENT_OFFSET)
        return Quote(currency.id, sat_base, cent_base, step * STEP_S, currency.fraction_digits)

    def _drift(self, name: str, step: int, waves: tuple[tuple[int, int], ...], noise_ppm: int) -> int:
        """How far from its mean a price is, in ppm."""
        if not self._moving:
            return 0
        phase = self._hash(name, -1)
        swing = sum(amplitude * _triangle(step + phase % period, period) // _MILLION for period, amplitude in waves)
        return swing + self._hash(name, step) % (2 * noise_ppm + 1) - noise_ppm

    def _hash(self, name: str, step: int) -> int:
        digest = hashlib.blake2b(f"{self._seed}|{name}|{step}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")


def _triangle(step: int, period: int) -> int:
    """A triangle wave between -10**6 and 10**6."""
    at = step % period
    return _MILLION - abs(4 * _MILLION * at // period - 2 * _MILLION)
