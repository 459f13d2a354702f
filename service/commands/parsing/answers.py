"""Yes and no to an open proposal. A yes must be all the text says; a no is taken from more."""

from service.commands.parsing.normalise import Utterance, without_edges, word_set
from service.core.commands import CommandType, Parsed

__all__ = ["read_answer"]

_YES = word_set(
    "y yes yep yeah yup ya yea yess yas ok okay okey sure confirm confirmed approve approved accept proceed "
    "confrim comfirm"
)
_YES_TAIL = _YES | word_set(
    "please pls plz thanks thx thank you it that this the my payment transaction transfer send pay now"
)
_YES_PHRASES = frozenset({("go", "ahead"), ("do", "it"), ("i", "confirm"), ("pay", "confirm"), ("payment", "confirm")})
_NO = word_set("n no nope nah cancel canceled cancelled cancle cancl canel stop abort reject decline deny nevermind")
_ALWAYS_NO = word_set("cancel canceled cancelled cancle cancl canel abort reject decline deny nevermind")
_NO_TAIL = _NO | word_set(
    "please pls plz thanks thx thank you it that this the my payment transaction transfer send sending pay paying now "
    "way money all everything don't dont do not"
)
_NO_PHRASES = (
    ("never", "mind"),
    ("forget", "it"),
    ("not", "now"),
    ("not", "yet"),
)
_REFUSALS = (("don't",), ("dont",), ("do", "not"), ("i", "don't"), ("i", "dont"), ("i", "do", "not"))
_REFUSED = word_set("send pay do confirm transfer proceed want it that this continue go")
_BEFORE_NO = word_set(
    "please pls plz ok okay yes hey oh actually wait sorry hmm just i i'd want to like would can could you well"
)
_MOVES_MONEY = word_set("send sending pay payment transaction transfer")


def read_answer(heard: Utterance) -> Parsed | None:
    """CONFIRM, CANCEL, or None when the text is no answer. A text that says both is a no."""
    if _is_no(heard) or _is_no(without_edges(heard, _BEFORE_NO | _YES, ())):
        return Parsed(CommandType.CANCEL)
    return Parsed(CommandType.CONFIRM) if _is_yes(heard.words) else None


def _is_yes(words: tuple[str, ...]) -> bool:
    if words in _YES_PHRASES:
        return True
    return bool(words) and words[0] in _YES and _YES_TAIL.issuperset(words)


def _is_no(heard: Utterance) -> bool:
    if heard.first in _ALWAYS_NO or any(map(heard.starts, _NO_PHRASES)) or _refuses(heard):
        return True
    if heard.first in _MOVES_MONEY:
        return heard.after(1).first in _ALWAYS_NO
    return heard.first in _NO and _NO_TAIL.issuperset(heard.words)


def _refuses(heard: Utterance) -> bool:
    """As in "don't", "do not send it", "i don't want to"."""
    for refusal in _REFUSALS:
        if heard.starts(refusal):
            rest = heard.after(len(refusal))
            return not rest.tokens or rest.first in _REFUSED
    return False
