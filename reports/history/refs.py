"""How a kept run is named: 12, @last, @last-1, or the beginning of its commit."""

import re

import msgspec

from reports.history.entries import HistoryError

__all__ = ["ADVICE", "ByCommit", "ById", "FromLast", "Ref", "parse_ref"]

ADVICE = "`pulse runs list` shows what there is"
_HOW = "name a run by its number, as @last, @last-1, or by at least four digits of its commit"
_LAST = re.compile(r"@last(?:-(\d{1,9}))?")
_COMMIT = re.compile(r"[0-9a-f]{4,40}\+?")
_ID = re.compile(r"#?(\d{1,18})")


class ById(msgspec.Struct, frozen=True):
    """The run with a number; where there is none and `commit` is set, the last of that commit."""

    number: int
    commit: str = ""


class FromLast(msgspec.Struct, frozen=True):
    """So many runs before the last one."""

    back: int


class ByCommit(msgspec.Struct, frozen=True):
    """The last run of the one commit that begins so; a final "+" asks for a changed work tree."""

    prefix: str


Ref = ById | FromLast | ByCommit


def parse_ref(text: str) -> Ref:
    """What a text names.

    Raises:
        HistoryError: it is none of the ways to name a run.
    """
    if last := _LAST.fullmatch(text):
        return FromLast(int(last[1] or 0))
    if number := _ID.fullmatch(text):
        return ById(int(number[1]), text if _COMMIT.fullmatch(text) else "")
    if _COMMIT.fullmatch(text.lower()):
        return ByCommit(text.lower())
    raise HistoryError(f"no run {text!r}", _HOW, ADVICE)
