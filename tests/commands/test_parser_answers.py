"""Yes and no to an open proposal."""

import pytest

from service.commands.parsing import parse
from service.core.commands import CommandType, Parsed

YES = (
    "y|Y|yes|YES!|yes please|yes 👍|yep|yeah|yup|ok|okay|Ok.|sure|confirm|confirm payment|confirm the payment please|"
    "approve payment|pay confirm|yes, send it|yes ok|go ahead|do it|/confirm"
)
NO = (
    "n|no|NO!|no thanks|no no no|nope|nah|cancel|Cancel.|cancel payment|cancel it please|pay cancel|send cancel|"
    "payment cancel|stop|stop it|abort|reject|reject payment|decline|don't|don’t|dont|don't send|do not pay|"  # noqa: RUF001 - as phones type it
    "don't send 5 to bob|please don't send 5 to bob|i don't want to|never mind|nevermind|forget it|not now|cancle|"
    "please cancel|can you cancel it|actually no|cancel 5 to bob"
)
NEITHER = (
    "pay|yes but not to him|ok computer|yes 5 to bob|confirm 123456|no yes|no problem|no send 5 to bob|stop talking|"
    "👍|✅|yesterday|okra|nothing|note|yes or no"
)


@pytest.mark.parametrize("text", YES.split("|"))
def test_yes(text: str) -> None:
    assert parse(text) == Parsed(CommandType.CONFIRM)


@pytest.mark.parametrize("text", NO.split("|"))
def test_no(text: str) -> None:
    assert parse(text) == Parsed(CommandType.CANCEL)


@pytest.mark.parametrize("text", ["yes no", "ok cancel", "yes, cancel it", "confirm cancel", "ok don't"])
def test_yes_and_no_together_is_a_no(text: str) -> None:
    assert parse(text) == Parsed(CommandType.CANCEL)


@pytest.mark.parametrize("text", NEITHER.split("|"))
def test_what_is_neither_is_unknown(text: str) -> None:
    assert parse(text) == Parsed(CommandType.UNKNOWN)


def test_the_verb_alone_is_no_yes() -> None:
    assert parse("send").type is CommandType.SEND
