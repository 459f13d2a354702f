"""Reading a command's arguments the way the server does."""

import math
import re
from typing import TypeAlias

from profiles.simredis.replies import ReplyError, syntax_error

__all__ = ["Argv", "clip_range", "glob", "number", "option_integer", "options", "score", "score_bound"]

Argv: TypeAlias = list[bytes]
"""The command's name and its arguments."""

_INTEGER = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_MAX = 2**63 - 1


def number(text: bytes, error: str = "ERR value is not an integer or out of range") -> int:
    """A signed 64-bit integer: no sign but a minus, no leading zero, no space."""
    if _INTEGER.fullmatch(text) is None:
        raise ReplyError(error)
    value = int(text)
    if not -_MAX - 1 <= value <= _MAX:
        raise ReplyError(error)
    return value


def score(text: bytes, error: str = "ERR value is not a valid float") -> float:
    """A score: any float but "not a number"."""
    try:
        value = float(text)
    except ValueError:
        raise ReplyError(error) from None
    if math.isnan(value) or text != text.strip() or b"_" in text:
        raise ReplyError(error)
    return value


def score_bound(text: bytes) -> tuple[float, bool]:
    """The end of a range of scores, and whether it is excluded: `(1.5`."""
    excluded = text.startswith(b"(")
    return score(text[excluded:], "ERR min or max is not a float"), excluded


def clip_range(start: int, stop: int, length: int) -> tuple[int, int]:
    """An inclusive range with negative indexes from the end, as a Python slice."""
    start = max(start + length, 0) if start < 0 else start
    stop = stop + length if stop < 0 else stop
    return (start, min(stop, length - 1) + 1) if start <= stop and start < length else (0, 0)


def options(words: Argv, arity: dict[bytes, int]) -> dict[bytes, Argv]:
    """Named options in any order, each followed by so many values; the first unknown word is a syntax error."""
    found: dict[bytes, Argv] = {}
    position = 0
    while position < len(words):
        name = words[position].upper()
        end = position + 1 + arity.get(name, len(words))
        if end > len(words):
            raise syntax_error()
        found[name] = words[position + 1 : end]
        position = end
    return found


def option_integer(found: dict[bytes, Argv], name: bytes, default: int) -> int:
    """The single integer of an option."""
    return number(found[name][0]) if name in found else default


def glob(pattern: bytes) -> re.Pattern[bytes]:
    """A key pattern: * ? [abc] [^a] [a-z] and backslash."""
    parts: list[bytes] = []
    for token in re.findall(rb"\\.|\[\^?(?:\\.|[^\]])*\]|.", pattern, re.DOTALL):
        if token in {b"*", b"?"}:
            parts.append(b".*" if token == b"*" else b".")
        elif len(token) > 1 and token[:1] == b"[":
            parts.append(token.replace(b"[[", b"[\\["))
        else:
            parts.append(re.escape(token[-1:]))
    return re.compile(b"".join(parts), re.DOTALL)
