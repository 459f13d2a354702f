"""The price of bitcoin, in a currency given by its ISO 4217 code or by a common name."""

from collections.abc import Mapping
from types import MappingProxyType

from service.commands.parsing.aliases import COURTESY_AFTER, COURTESY_BEFORE, FIRST_WORDS
from service.commands.parsing.normalise import Utterance, without_edges, word_set
from service.commands.parsing.phrases import read_phrase
from service.core.commands import CommandType, Parsed

__all__ = ["read_price"]

_CODES = word_set(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
    "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH "
    "UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {"dollar": "USD", "dollars": "USD", "$": "USD", "euro": "EUR", "euros": "EUR", "€": "EUR", "pounds": "GBP"}
)
_CODE_LENGTH = 3
_IN = frozenset({"in", "to"})


def read_price(heard: Utterance) -> Parsed | None:
    """PRICE with the currency the text ends on, or without one; None when it asks for no price."""
    core = without_edges(heard, COURTESY_BEFORE, COURTESY_AFTER)
    if _asks_price(core):
        return Parsed(CommandType.PRICE)
    after_in = len(core.tokens) > 1 and core.words[-2] in _IN
    code = _currency_code(core.words[-1], after_in=after_in) if core.tokens else None
    asked = Utterance(core.text, core.tokens[: -2 if after_in else -1])
    return Parsed(CommandType.PRICE, {"currency": code}) if code and _asks_price(asked) else None


def _asks_price(asked: Utterance) -> bool:
    if len(asked.tokens) == 1 and FIRST_WORDS.get(asked.first) == "price":
        return True
    parsed = read_phrase(asked)
    return parsed is not None and parsed.type is CommandType.PRICE


def _currency_code(word: str, *, after_in: bool) -> str | None:
    """The currency a word names. After "in" any three letters count, so that it is refused by name if unknown."""
    if word in _NAMES:
        return _NAMES[word]
    code = word.upper()
    is_code = len(code) == _CODE_LENGTH and code.isascii() and code.isalpha()
    return code if is_code and (after_in or code in _CODES) else None
