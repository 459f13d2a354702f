"""Numbers in words, up to 999,999: "twenty-five", "a hundred", "two thousand five hundred"."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

__all__ = ["is_number_word", "number_in_words"]

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"hundred": 100, "thousand": 1000}

_KIND_AND_VALUE: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "zero": ("zero", 0),
        "a": ("article", 1),
        "an": ("article", 1),
        **{word: ("ones", value) for value, word in enumerate(_ONES, 1)},
        **{word: ("teens", value) for value, word in enumerate(_TEENS, 10)},
        **{word: ("tens", 10 * value) for value, word in enumerate(_TENS, 2)},
        "fourty": ("tens", 40),
        **{word: (word, value) for word, value in _SCALES.items()},
        "and": ("and", 0),
    }
)

# What may stand before each kind; "" is the beginning.
_BEFORE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "zero": frozenset({""}),
        "article": frozenset({""}),
        "ones": frozenset({"", "tens", "hundred", "thousand", "and"}),
        "teens": frozenset({"", "hundred", "thousand", "and"}),
        "tens": frozenset({"", "hundred", "thousand", "and"}),
        "hundred": frozenset({"", "article", "ones", "teens"}),
        "thousand": frozenset({"", "article", "ones", "teens", "tens", "hundred"}),
        "and": frozenset({"hundred", "thousand"}),
    }
)


def is_number_word(word: str) -> bool:
    """Whether the word, hyphens allowed, can only be a number: "a" and "and" alone are not."""
    parts = word.split("-")
    return all(part in _KIND_AND_VALUE for part in parts) and parts[0] not in {"a", "an", "and"}


def number_in_words(words: Iterable[str]) -> int | None:
    """The number the words spell out, None when they do not spell one: "five five", "two fifty"."""
    thousands = group = 0
    last = ""
    for part in (part for word in words for part in word.split("-")):
        kind, value = _KIND_AND_VALUE.get(part, ("", 0))
        if not _may_follow(kind, last, thousands, group):
            return None
        if kind == "thousand":
            thousands, group = max(group, 1), 0
        else:
            group = max(group, 1) * value if kind == "hundred" else group + value
        last = kind
    return None if last in {"", "and"} else thousands * _SCALES["thousand"] + group


def _may_follow(kind: str, last: str, thousands: int, group: int) -> bool:
    if last not in _BEFORE.get(kind, frozenset()):
        return False
    return group < _SCALES["hundred"] if kind == "hundred" else not (kind == "thousand" and thousands)
