"""Amounts as people type them. What is not plainly a number of dollars is kept as typed, for validation to refuse."""

import re
import unicodedata
from collections.abc import Sequence

from service.commands.parsing.normalise import Token, read_words, word_set
from service.commands.parsing.numbers import is_number_word, number_in_words
from service.commands.parsing.recipients import phone_length

__all__ = ["amount_answer", "amount_length", "amount_text", "plain_amount", "starts_amount"]

_NUMBER = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+")
_MINUS = "-−–—"  # noqa: RUF001 - what phones make of a typed minus
_SIGNS = frozenset(f"+{_MINUS}")
_LETTERED_MARKS = ("usd", "us$", "j$", "jmd", "eur", "gbp", "btc")
_SIGN_WORDS = frozenset({"minus", "negative"})
_DOLLAR_PREFIXES = ("us$", "usd", "$")
_DOLLARS = ("dollars", "dollar", "bucks", "buck", "us$", "usd", "$")
_FOREIGN = word_set(
    "sat sats satoshi satoshis btc bitcoin bitcoins msat msats eur euro euros gbp pound pounds quid jmd cad ttd bbd "
    "xcd kyd crc ars ngn kes ghs zar inr c cent cents ¢ € £ ¥ ₿ j$ yen peso pesos"
)
# They change a number beside them, in ways that are not worth guessing at.
_MODIFIERS = word_set(
    "k m mil mill thou grand million millions billion bn lakh lakhs crore crores dozen half quarter percent %"
)
_JOINTS = frozenset({"and", "or", "plus", "minus", "times", "x", "point", "dot", "/", *_SIGNS})
_ARTICLES = frozenset({"a", "an"})
_WINDOW = 12  # words that can decide about one: a phone number digit by digit, and what follows it


def amount_answer(text: str) -> str | None:
    """The amount when it is all the text says ("7.50", "$1,500", "twenty five bucks"), else None.

    Six digits are an amount here and a code to `parse`: only the caller knows what was asked for.
    """
    tokens = read_words(text).tokens
    if not tokens or amount_length(tokens) != len(tokens):
        return None
    amount = plain_amount(_joined(tokens))
    return None if amount is None or amount.startswith("-") else amount


def amount_length(tokens: Sequence[Token]) -> int:
    """How many of the first words make up an amount, malformed ones included; 0 when there is none."""
    if not starts_amount(tokens):
        return 0
    length = 1
    while length < len(tokens) and _continues(tokens[length - 1].word, tokens[length : length + _WINDOW]):
        length += 1
    return length


def amount_text(tokens: Sequence[Token]) -> str:
    """The words of an amount as a plain decimal, or as typed when they are none."""
    typed = _joined(tokens)
    return plain_amount(typed) or typed


def starts_amount(tokens: Sequence[Token]) -> bool:
    """Whether an amount begins here: a number, or something that can only belong to the number after it."""
    if not tokens or _is_phone(tokens):
        return False
    word = tokens[0].word
    following = [token.word for token in tokens[1:2]]
    if word in _ARTICLES:
        return any(map(_follows_article, following))
    return _has_number(word) or (_announces_amount(word) and any(map(_has_number, following)))


def plain_amount(typed: str) -> str | None:
    """Dollars as a decimal without separators, with - when negative; None when it is another currency or no number."""
    words, negative = _without_sign(typed.casefold().split())
    words = _without_dollars(words)
    if not negative:
        words, negative = _without_sign(words)
    number = _in_digits(words) or _in_words(words)
    return f"-{number}" if negative and number else number


def _joined(tokens: Sequence[Token]) -> str:
    return " ".join(token.bare for token in tokens)


def _has_number(word: str) -> bool:
    """Whether the word starts like a number, however malformed, or is a number word."""
    mark = next((mark for mark in _LETTERED_MARKS if word.startswith(mark)), "")
    digits = word.removeprefix(mark).lstrip(f"+{_MINUS}$€£¥₿.,(/")
    return digits[:1].isnumeric() or is_number_word(word)


def _follows_article(word: str) -> bool:
    return word in {"hundred", "thousand"} or _is_unit(word)


def _announces_amount(word: str) -> bool:
    return word in _SIGNS or word in _SIGN_WORDS or _is_unit(word)


def _is_unit(word: str) -> bool:
    return word in _DOLLARS or word in _FOREIGN or word in _MODIFIERS


def _continues(before: str, tokens: Sequence[Token]) -> bool:
    """Whether the first of these words still belongs to the amount that ends on `before`."""
    word, following = tokens[0].word, tokens[1:]
    if _has_number(word):
        return not _is_phone(tokens)
    if word in _JOINTS:
        return _is_amount_part(following)
    if word in _ARTICLES:
        return before in _JOINTS and _is_amount_part(tokens)
    return _is_unit(word) or (word == "us" and any(token.word in _DOLLARS for token in following[:1]))


def _is_amount_part(tokens: Sequence[Token]) -> bool:
    """Whether a number, "half" or "a half" comes next."""
    if tokens and tokens[0].word in _ARTICLES:
        return len(tokens) > 1 and (_is_unit(tokens[1].word) or _has_number(tokens[1].word))
    return bool(tokens) and (tokens[0].word in _MODIFIERS or _has_number(tokens[0].word))


def _is_phone(tokens: Sequence[Token]) -> bool:
    """Whether a phone number comes next. Before "to" so many digits are an amount: "12345678901 to bob"."""
    length = phone_length(tokens)
    return length > 0 and [token.word for token in tokens[length : length + 1]] != ["to"]


def _without_sign(words: list[str]) -> tuple[list[str], bool]:
    if not words or not (words[0] in _SIGN_WORDS or words[0][0] in _MINUS):
        return words, False
    rest = "" if words[0] in _SIGN_WORDS else words[0][1:]
    return [rest, *words[1:]] if rest else words[1:], True


def _without_dollars(words: list[str]) -> list[str]:
    """The words without the mark of dollars in front, behind, or both."""
    text = " ".join(words)
    for mark in _DOLLAR_PREFIXES:
        if text.startswith(mark):
            text = text.removeprefix(mark)
            break
    for mark in _DOLLARS:
        if text.endswith(mark):
            text = text.removesuffix(mark).removesuffix("us ")
            break
    return text.split()


def _in_digits(words: list[str]) -> str | None:
    if len(words) != 1:
        return None
    ascii_digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in words[0])
    typed = ascii_digits.removeprefix("+")
    if not _NUMBER.fullmatch(typed):
        return None
    number = typed.replace(",", "").lstrip("0")
    return number if number[:1].isdigit() else f"0{number}"


def _in_words(words: list[str]) -> str | None:
    number = number_in_words(words)
    return None if number is None else str(number)
