"""Readings of common texts, remembered: most of what people write is one of a few words, and means the same again."""

from service.core.commands import CommandType, Parsed
from service.ports import Parser

__all__ = ["MAX_CHARS", "MAX_TEXTS", "Remembering"]

MAX_TEXTS = 1_000
"""When there are more, all are forgotten."""

MAX_CHARS = 40


class Remembering:
    """Implements Parser over another whose readings depend on the text alone.

    Only short texts are kept that are understood and carry nothing: no name, no number, no amount.
    """

    def __init__(self, parse: Parser) -> None:
        self._parse = parse
        self._known: dict[str, Parsed] = {}

    def __call__(self, text: str) -> Parsed:
        known = self._known.get(text)
        if known is not None:
            return known
        parsed = self._parse(text)
        if len(text) <= MAX_CHARS and not parsed.args and parsed.type is not CommandType.UNKNOWN:
            if len(self._known) >= MAX_TEXTS:
                self._known.clear()
            self._known[text] = parsed
        return parsed

    def __len__(self) -> int:
        """How many texts are kept."""
        return len(self._known)
