"""Movements as the cells of a statement: the same in every format."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

from service.core.queries import Transaction

__all__ = ["COLUMNS", "cells", "clean", "dollars"]

COLUMNS = ("when_utc", "direction", "amount_usd", "status", "display_amount", "display_currency", "note", "id")

_NUMBER = re.compile(r"[0-9][0-9,]{0,30}(?:\.[0-9]{1,18})?")
_MAX_CHARS = 500
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def cells(movement: Transaction) -> tuple[str, ...]:
    """One cell for each column: amounts with a sign, time in UTC, what others wrote on one line."""
    cents = -movement.amount_cents if movement.sent else movement.amount_cents
    return (
        f"{datetime.fromtimestamp(movement.created_at_s, UTC):%Y-%m-%d %H:%M:%S}",
        "out" if movement.sent else "in",
        dollars(cents),
        clean(movement.status),
        _display(movement),
        clean(movement.display_currency),
        clean(movement.memo or ""),
        clean(movement.id),
    )


def dollars(cents: int) -> str:
    """Cents as a plain decimal number: -1250 is "-12.50"."""
    return f"{Decimal(cents).scaleb(-2):.2f}"


def clean(text: str) -> str:
    """The text on one line, without what cannot be seen, and at most 500 characters of it."""
    if text.isascii() and text.isprintable():
        return text[:_MAX_CHARS]
    line = " ".join(text.split())
    return "".join(character for character in line if unicodedata.category(character) not in _HIDDEN)[:_MAX_CHARS]


def _display(movement: Transaction) -> str:
    """What Flash wrote as an amount, with the movement's sign; as it is when it is no number."""
    amount = movement.display_amount.lstrip("+-")
    if not _NUMBER.fullmatch(amount):
        return clean(amount)
    return f"{'-' if movement.sent else ''}{amount.replace(',', '')}"
