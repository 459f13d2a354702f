"""The time that a statement covers: everything, or one month of the calendar in UTC."""

import re
from datetime import UTC, datetime

import msgspec

__all__ = ["ALL", "FIRST_YEAR", "Period", "period_of"]

ALL = "all"

FIRST_YEAR = 2009
"""There was no bitcoin before."""

_MONTH = re.compile(r"(?:([0-9]{4})-)?([0-9]{1,2})")
_LAST_YEAR = 9998
_DECEMBER = 12


class Period(msgspec.Struct, frozen=True):
    """From `begin_s` until before `end_s`, Unix time; `name` is "all" or as in "2026-03"."""

    name: str
    begin_s: int
    end_s: int


def period_of(month: str, now_s: float) -> Period | None:
    """The period up to now at most: of "all", "this", "last", "2026-03", or "03", which is the latest March.

    None for what is no month, or has not begun.
    """
    if month == ALL:
        return Period(ALL, 0, int(now_s) + 1)
    found = _year_and_month(month, datetime.fromtimestamp(now_s, UTC))
    if found is None:
        return None
    year, number = found
    begin_s, end_s = _first_second(year, number), _first_second(*_next(year, number))
    return Period(f"{year:04}-{number:02}", begin_s, min(end_s, int(now_s) + 1)) if begin_s <= now_s else None


def _year_and_month(month: str, now: datetime) -> tuple[int, int] | None:
    if month == "this":
        return now.year, now.month
    if month == "last":
        return (now.year, now.month - 1) if now.month > 1 else (now.year - 1, _DECEMBER)
    typed = _MONTH.fullmatch(month)
    if typed is None or not 1 <= int(typed[2]) <= _DECEMBER:
        return None
    number = int(typed[2])
    year = int(typed[1]) if typed[1] else now.year - (number > now.month)
    return (year, number) if FIRST_YEAR <= year <= _LAST_YEAR else None


def _next(year: int, month: int) -> tuple[int, int]:
    return (year, month + 1) if month < _DECEMBER else (year + 1, 1)


def _first_second(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())
