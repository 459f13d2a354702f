"""Voice notes, and texts that ask for a spoken answer."""

import pytest

from service.commands.parsing import parse
from service.core.commands import CommandType, Parsed

ALOUD = {"voiceRequested": "true"}


def test_spoken_payment_asks_for_confirmation() -> None:
    assert parse("Send five dollars to Bob.", voice=True) == Parsed(
        CommandType.SEND,
        {"amount": "5", "recipient": "Bob", "requiresConfirmation": "true", "isVoiceCommand": "true", **ALOUD},
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Balance.", CommandType.BALANCE), ("Yes.", CommandType.CONFIRM), ("Cancel.", CommandType.CANCEL)],
)
def test_everything_understood_in_a_voice_note_is_answered_aloud(text: str, kind: CommandType) -> None:
    assert parse(text, voice=True) == Parsed(kind, ALOUD)


def test_what_is_not_understood_in_a_voice_note_carries_nothing() -> None:
    assert parse("the weather is nice", voice=True) == Parsed(CommandType.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "kind", "args"),
    [
        ("voice balance", CommandType.BALANCE, {}),
        ("voice help", CommandType.HELP, {}),
        ("voice price jmd", CommandType.PRICE, {"currency": "JMD"}),
        ("voice history", CommandType.HISTORY, {}),
        ("voice username", CommandType.USERNAME, {}),
        ("voice contacts", CommandType.CONTACTS, {"action": "list"}),
        ("audio balance", CommandType.BALANCE, {}),
        ("speak my balance", CommandType.BALANCE, {}),
        ("say it price", CommandType.PRICE, {}),
        ("please tell me my balance", CommandType.BALANCE, {}),
        ("speak send 5 to bob", CommandType.SEND, {"amount": "5", "recipient": "bob"}),
    ],
)
def test_text_may_ask_for_a_spoken_answer(text: str, kind: CommandType, args: dict[str, str]) -> None:
    assert parse(text) == Parsed(kind, {**args, **ALOUD})


@pytest.mark.parametrize(
    "text", ["voice", "audio", "speak", "tell me", "tell me a joke", "voice send 5 to bob", "voice yes"]
)
def test_a_prefix_makes_no_command(text: str) -> None:
    assert parse(text) == Parsed(CommandType.UNKNOWN)
