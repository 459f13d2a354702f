"""Amounts, ages and times in words."""

from datetime import UTC, datetime

from service.core.money import format_minor, format_usd
from service.core.periods import ALL
from service.core.queries import Currency
from service.core.results import Money
from service.reply.markup import shown

__all__ = ["amount", "duration", "in_currency", "moment", "period_words", "stale_note", "usd"]

_MINUTE_S = 60
_HOUR_S = 3_600
_DAY_S = 86_400


def usd(cents: int) -> str:
    """Dollars in bold."""
    return f"*{format_usd(cents)}*"


def amount(money: Money) -> str:
    """Dollars in bold, and the display currency behind them where it is another one."""
    if money.display_minor is None or money.currency is None:
        return usd(money.cents)
    return f"{usd(money.cents)} ({in_currency(money.display_minor, money.currency)})"


def in_currency(minor: int, currency: Currency) -> str:
    """As "J$1,234.00 JMD"; dollars of the United States need no code."""
    sign = "-" if minor < 0 else ""
    figure = f"{sign}{shown(currency.symbol, 8)}{format_minor(abs(minor), currency.fraction_digits)}"
    return figure if currency.id == "USD" else f"{figure} {shown(currency.id, 8)}"


def duration(seconds: float) -> str:
    """As "45 s", "3 min", "2 h" or "5 d", rounded down."""
    whole = max(0, int(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    return f"{whole // _HOUR_S} h" if whole < _DAY_S else f"{whole // _DAY_S} d"


def moment(at_s: float) -> str:
    """As "2026-08-01 14:05 UTC"."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"


def stale_note(age_s: float | None) -> str:
    """What is said behind a figure that is older than it should be; empty for others."""
    if age_s is None:
        return ""
    return f"\n_As of {duration(age_s)} ago: Flash isn't answering right now._"


def period_words(period: str) -> str:
    """A statement's period, as in "March 2026"."""
    if period == ALL:
        return "all of them"
    return f"{datetime.strptime(period, '%Y-%m').replace(tzinfo=UTC):%B %Y}"
