"""Ids of buttons and menu rows: what a tap means, so that replies and their readers agree.

A payment's buttons carry its id: a late tap cannot confirm a newer payment.
"""

import re

import msgspec

__all__ = ["Answer", "answer_button", "command_button", "decode_button"]

_ANSWER = re.compile(r"pay:(yes|no):([0-9A-Za-z-]{1,64})")
_COMMAND = "do:"
_MAX_CHARS = 200  # WhatsApp's limit for the id of a menu row; a button's is 256


class Answer(msgspec.Struct, frozen=True):
    """Yes or no to one payment."""

    yes: bool
    payment_id: str


def answer_button(payment_id: str, *, yes: bool) -> str:
    """The id of a payment's yes or no button."""
    return f"pay:{'yes' if yes else 'no'}:{payment_id}"


def command_button(text: str) -> str:
    """The id of a button that stands for typing `text`, which may have up to 197 characters."""
    if len(text) > _MAX_CHARS - len(_COMMAND):
        raise ValueError(f"a button cannot carry {len(text)} characters")
    return _COMMAND + text


def decode_button(button_id: str) -> Answer | str | None:
    """The answer, or the command text, that a tapped id stands for; None for an id that is not ours."""
    if found := _ANSWER.fullmatch(button_id):
        return Answer(yes=found[1] == "yes", payment_id=found[2])
    return button_id.removeprefix(_COMMAND) if button_id.startswith(_COMMAND) else None
