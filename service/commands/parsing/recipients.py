"""Whom money is meant for: an invoice, a @username, a lightning address, a phone number, or just a word."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.commands.parsing.normalise import Token

__all__ = ["Recipient", "explicit_recipient", "invoice", "phone_digits", "phone_length"]

_INVOICE = re.compile(r"ln(?:bcrt|bc|tbs|tb|sb)[0-9][0-9a-z]*")
_LIGHTNING = "lightning:"
_PHONE_WORD = re.compile(r"\+?[0-9().-]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]*")
_SEPARATORS = str.maketrans("", "", "().- ")
_MIN_PHONE_DIGITS = 10


class Recipient(NamedTuple):
    """The argument's name and value, and how many words it took."""

    name: str
    value: str
    length: int


def explicit_recipient(tokens: Sequence[Token], *, after_to: bool = False, whole: bool = False) -> Recipient | None:
    """The recipient the first words name by their form alone; None when they are plain words.

    `after_to` and `whole` are those of `phone_length`.
    """
    if not tokens:
        return None
    bare = tokens[0].bare
    if payment_request := invoice(bare):
        return Recipient("paymentRequest", payment_request, 1)
    if "@" in bare.strip("@"):
        return Recipient("recipient", bare.strip("@"), 1)
    if bare.startswith("@") and bare.strip("@"):
        return Recipient("username", bare.lstrip("@"), 1)
    if length := phone_length(tokens, after_to=after_to, whole=whole):
        return Recipient("phoneNumber", phone_digits(tokens[:length]), length)
    return None


def invoice(word: str) -> str | None:
    """The BOLT #11 invoice in a word, without `lightning:`; lower case unless it mixes cases, which no invoice does."""
    if word.casefold().startswith(_LIGHTNING):
        word = word[len(_LIGHTNING) :].lstrip("/")
    lower = word.lower()
    if not _INVOICE.fullmatch(lower):
        return None
    return lower if word.isupper() else word


def phone_length(tokens: Sequence[Token], *, after_to: bool = False, whole: bool = False) -> int:
    """How many of the first words make up a phone number of at least ten digits; 0 when they do not.

    A number may be written in groups after a + or an opening parenthesis, or `after_to`. With `whole` every group
    that follows belongs to it, because no amount is to come; else it ends as soon as it has digits enough.
    """
    if not tokens or not (after_to or _begins_phone(tokens[0])):
        return 0
    counts = list(map(_count_digits, _groups(tokens)))
    for length, digits in enumerate(itertools.accumulate(counts), 1):
        if digits >= _MIN_PHONE_DIGITS:
            return len(counts) if whole and length > 1 else length
    return 0


def phone_digits(tokens: Sequence[Token]) -> str:
    """The digits of a phone number, behind a + where one was typed."""
    return "".join(_phone_text(token).translate(_SEPARATORS) for token in tokens)


def _phone_text(token: Token) -> str:
    return token.typed.rstrip(",;:!?")


def _count_digits(token: Token) -> int:
    return sum(character.isdigit() for character in token.typed)


def _groups(tokens: Sequence[Token]) -> Iterator[Token]:
    """The words that can be groups of one number: a second + begins another."""
    for position, token in enumerate(tokens):
        if not _is_group(token) or (position and token.typed[0] == "+"):
            return
        yield token


def _is_group(token: Token) -> bool:
    return _count_digits(token) > 0 and bool(_PHONE_WORD.fullmatch(_phone_text(token)))


def _begins_phone(token: Token) -> bool:
    """Whether the word can only be a phone number, or the beginning of one in groups."""
    if token.typed[0] in "+(":
        return True
    text = _phone_text(token).rstrip(".")
    is_number = _count_digits(token) >= _MIN_PHONE_DIGITS and not _DECIMAL.fullmatch(text)
    return is_number and _is_group(token) and text[0] not in "-."
