"""Foreign text inside ours: what others wrote must neither format the message nor hide in it.

WhatsApp has no escape character, so what would format is replaced by a sign that looks like it.
"""

import re
import unicodedata

__all__ = ["clip", "shown"]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, zero-width and bidirectional marks
_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_UNDERSCORE_LOOKALIKE = "\u02cd"
_ELLIPSIS = "…"


def shown(text: str, limit: int = 100) -> str:
    """The text on one line, at most `limit` characters, visible to the last of them and without effect on ours.

    Underscores inside a word format nothing and stay, so that usernames can be copied.
    """
    visible = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in _HIDDEN)
    plain = unicodedata.normalize("NFC", visible).strip().translate(_LOOKALIKES)
    return clip(_LOOSE_UNDERSCORE.sub(_UNDERSCORE_LOOKALIKE, plain), limit)


def clip(text: str, limit: int) -> str:
    """The text, cut with an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + _ELLIPSIS
