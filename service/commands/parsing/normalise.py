"""Text as it arrives, made comparable: invisible characters out, words apart, each word without its decoration."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["MAX_CHARS", "Token", "Utterance", "clean", "read_words", "without_edges", "word_set"]

MAX_CHARS = 4096  # WhatsApp's own limit for a text message

_INVISIBLE = dict.fromkeys(
    (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_REPLACEMENT = "\ufffd"
_PUNCTUATION = frozenset(".,!?;:\"'()[]{}*…“”„«»‘’¡¿/\\")  # noqa: RUF001 - quotes as phones make them
_DECORATION = frozenset({"So", "Sk", "Cf", "Cn"})  # emoji, their modifiers, and emoji newer than Python
_EMOJI_PARTS = frozenset("\ufe0e\ufe0f\u20e3")  # how to draw the character before, and its keycap
_MEANT_BEFORE_A_DIGIT = frozenset(".,(/")  # ".5" and ",5" are not 5
_APOSTROPHES = str.maketrans("’‘ʼ`´", "'" * 5)  # noqa: RUF001 - the same


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a message.

    `bare` is the word as typed without punctuation and emoji around it, `word` the same in the form tables are
    keyed by; `start` is where it begins in the clean text.
    """

    bare: str
    word: str
    typed: str
    start: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A clean text and those of its words that are still to be read."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(token.word for token in self.tokens)

    @property
    def first(self) -> str:
        """The first word, empty when none is left."""
        return self.tokens[0].word if self.tokens else ""

    @property
    def rest(self) -> str:
        """The text from the first word on, as typed."""
        return self.text[self.tokens[0].start :] if self.tokens else ""

    def after(self, count: int) -> "Utterance":
        return Utterance(self.text, self.tokens[count:])

    def starts(self, words: tuple[str, ...]) -> bool:
        """Whether the first words are these, of which there is at least one."""
        return self.first == words[0] and tuple(token.word for token in self.tokens[: len(words)]) == words


def clean(text: str) -> str:
    """The text with single spaces, composed characters and nothing invisible; at most MAX_CHARS of it.

    A word that the limit would cut is left out whole: half an amount is another amount.
    """
    text = _within_limit(text)
    if not text.isprintable():
        text = "".join(map(_printable, text.translate(_INVISIBLE)))
    return _within_limit(" ".join(unicodedata.normalize("NFC", text).split()))


def read_words(text: str) -> Utterance:
    """The words of a text. What is only punctuation or emoji is no word."""
    text = clean(text)
    tokens, start = [], 0
    for typed in text.split():
        bare = _bare(typed)
        if bare:
            tokens.append(Token(bare, bare.translate(_APOSTROPHES).casefold(), typed, start))
        start += len(typed) + 1
    return Utterance(text, tuple(tokens))


def without_edges(heard: Utterance, heads: Collection[str], tails: Collection[str]) -> Utterance:
    """The utterance without leading `heads` and trailing `tails`."""
    start, end = 0, len(heard.tokens)
    while start < end and heard.tokens[start].word in heads:
        start += 1
    while end > start and heard.tokens[end - 1].word in tails:
        end -= 1
    return Utterance(heard.text, heard.tokens[start:end])


def word_set(words: str) -> frozenset[str]:
    """A vocabulary written as words between spaces."""
    return frozenset(words.split())


def _within_limit(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return " ".join(text[:MAX_CHARS].split()[:-1])


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return _REPLACEMENT if category == "Cs" else character


def _bare(typed: str) -> str:
    kept = [position for position, character in enumerate(typed) if not _decorates(character)]
    if not kept:
        return ""
    start = kept[0]
    while start and typed[kept[0]].isnumeric() and typed[start - 1] in _MEANT_BEFORE_A_DIGIT:
        start -= 1
    return typed[start : kept[-1] + 1]


def _decorates(character: str) -> bool:
    if character.isalnum():
        return False
    if character in _PUNCTUATION or character in _EMOJI_PARTS:
        return True
    return unicodedata.category(character) in _DECORATION
