"""Statements: "statement", "statement pdf march", "statement 2026-03", "statement last month", "history all"."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from service.commands.parsing.normalise import Utterance, word_set
from service.core.commands import CommandType, Parsed

__all__ = ["read_statement", "read_whole_history"]

_FORMATS = frozenset({"csv", "pdf"})
_FILLERS = word_set("for of in from as a an the my file please")
_ALL = frozenset({"all", "everything"})
_RELATIVE = MappingProxyType({"last": "last", "previous": "last", "this": "this", "current": "this"})
_WRITTEN = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_YEAR = re.compile(r"[0-9]{4}")
_LONGEST = 8
_MONTHS = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sept sep", "october oct", "november nov", "december dec",
)  # fmt: skip
_MONTH_OF: Mapping[str, str] = MappingProxyType(
    {name: f"{number:02}" for number, names in enumerate(_MONTHS, 1) for name in names.split()}
)


def read_statement(rest: Utterance) -> Parsed | None:
    """The statement asked for by the words after "statement": a format, a month, both in any order, or neither.

    `month` is "all", "this", "last", as in "2026-03", or as in "03" where no year was said; None for other words.
    """
    if len(rest.words) > _LONGEST:
        return None
    month = _month(tuple(word for word in rest.words if word not in _FILLERS | _FORMATS))
    formats = [word for word in rest.words if word in _FORMATS]
    return None if month is None or len(formats) > 1 else _parsed("".join(formats), month)


def read_whole_history(rest: Utterance) -> Parsed | None:
    """As in "history all": everything, as a file."""
    parsed = read_statement(rest)
    return parsed if parsed is not None and parsed.args.get("month") == "all" else None


def _parsed(kind: str, month: str) -> Parsed:
    """With what was said; the rest is the command's business."""
    args = {"format": kind} if kind else {}
    return Parsed(CommandType.STATEMENT, {**args, "month": month} if month else args)


def _month(words: tuple[str, ...]) -> str | None:
    """Empty when none was said."""
    match words:
        case ():
            return ""
        case (word,):
            return _one_word(word)
        case (word, "month") if word in _RELATIVE:
            return _RELATIVE[word]
        case (name, year) if name in _MONTH_OF and _YEAR.fullmatch(year):
            return f"{year}-{_MONTH_OF[name]}"
        case (year, name) if name in _MONTH_OF and _YEAR.fullmatch(year):
            return f"{year}-{_MONTH_OF[name]}"
        case _:
            return None


def _one_word(word: str) -> str | None:
    if word in _ALL:
        return "all"
    written = _WRITTEN.fullmatch(word)
    return f"{written[1]}-{int(written[2]):02}" if written else _MONTH_OF.get(word)
