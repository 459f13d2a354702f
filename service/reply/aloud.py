"""Spoken answers: what a reply says in words, as a message beside it."""

import re
from collections.abc import Sequence

from service.core.messages import Outgoing, Picture, Text, Voice
from service.reply.markup import clip

__all__ = ["aloud", "spoken"]

_MAX_CHARS = 1_000
"""About a minute of speech; what is longer is read faster than it is heard."""

_MARKS = re.compile(r"[*_~`]+")
_AT = re.compile(r"@(?=\w)")
_UNSPEAKABLE = re.compile(r"[^\w\s.,:;!?$€£%&+'\u2019()/-]")
_SPACES = re.compile(r"\s+")
_LINES = re.compile(r"\s*\n\s*")


def aloud(replies: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """The replies, and the words of the first as a voice message before whatever follows it.

    The text goes first: a voice that cannot be made takes nothing away. Codes and files are not read out.
    """
    if not replies or not (words := spoken(_words(replies[0]))):
        return replies
    first, *others = replies
    return first, Voice(words), *others


def spoken(text: str) -> str:
    """A text without marks, signs and line breaks that nobody says."""
    sentences = _LINES.sub(". ", _MARKS.sub("", text).strip())
    said = _SPACES.sub(" ", _UNSPEAKABLE.sub(" ", _AT.sub("", sentences))).strip()
    return clip(re.sub(r"([.,:;!?])(?:\s*\.)+", r"\1", said), _MAX_CHARS)


def _words(message: Outgoing) -> str:
    if isinstance(message, Picture):
        return message.caption
    if isinstance(message, Text):
        return message.body
    return getattr(message, "body", "")
