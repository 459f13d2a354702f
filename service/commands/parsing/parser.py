"""The one way from text to command."""

from service.commands.parsing.aliases import COURTESY_BEFORE
from service.commands.parsing.answers import read_answer
from service.commands.parsing.grammar import read_code, read_command, read_page
from service.commands.parsing.normalise import Utterance, read_words, without_edges
from service.commands.parsing.phrases import read_phrase, read_question
from service.commands.parsing.prices import read_price
from service.commands.parsing.sending import read_verbless_send
from service.core.commands import CommandType, Parsed

__all__ = ["parse"]

# The order decides between readings: a question about sending is no order to send, and a no is heard before both.
_READERS = (
    read_code,
    read_price,
    read_phrase,
    read_answer,
    read_question,
    read_page,
    read_command,
    read_verbless_send,
)
_VOICE_PREFIXES = (("audio",), ("speak",), ("say", "it"), ("tell", "me"))
_WITH_VOICE = frozenset(
    {
        CommandType.BALANCE,
        CommandType.HELP,
        CommandType.PRICE,
        CommandType.HISTORY,
        CommandType.USERNAME,
        CommandType.CONTACTS,
    }
)


def parse(text: str, *, voice: bool = False) -> Parsed:
    """What a message asks for; UNKNOWN without arguments when that is not clear.

    Any text is fine; what lies beyond 4,096 characters is not read. `voice` marks the text as a transcribed voice
    note: a payment then carries requiresConfirmation and isVoiceCommand, and everything understood voiceRequested.
    """
    heard = read_words(text)
    parsed, spoken = _read_aloud(heard)
    if parsed.type is CommandType.UNKNOWN or not (voice or spoken):
        return parsed
    marks = {"voiceRequested": "true"}
    if voice and parsed.type is CommandType.SEND:
        marks |= {"requiresConfirmation": "true", "isVoiceCommand": "true"}
    return Parsed(parsed.type, {**parsed.args, **marks})


def _read_aloud(heard: Utterance) -> tuple[Parsed, bool]:
    """The command, and whether the text asks to hear the answer: "voice balance", "tell me my balance"."""
    order = without_edges(heard, COURTESY_BEFORE, ())
    for prefix in _VOICE_PREFIXES:
        if order.starts(prefix):
            return _read(order.after(len(prefix))), True
    if order.first == "voice":
        parsed = _read(order.after(1))
        return (parsed if parsed.type in _WITH_VOICE else Parsed(CommandType.UNKNOWN)), True
    return _read(heard), False


def _read(heard: Utterance) -> Parsed:
    if not heard.tokens:
        return Parsed(CommandType.HELP if _only_asks(heard.text) else CommandType.UNKNOWN)
    return next((parsed for read in _READERS if (parsed := read(heard))), Parsed(CommandType.UNKNOWN))


def _only_asks(text: str) -> bool:
    return bool(text) and not text.strip("?")
