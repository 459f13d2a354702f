"""Drives a bot by a trace: every message at its time, as WhatsApp would deliver it, and the replies taken down."""

from typing import Any

import msgspec

from profiles.trace import Arrival, Trace
from service.sandbox.accounts import otp_code
from service.sandbox.webhooks import UserMessage, button_message, text_message

__all__ = ["Answer", "Answers", "Letters"]

_YES = frozenset({"yes", "y", "ok", "confirm"})


class Answer(msgspec.Struct):
    """What the bot said to one message: when the last of it was handed to WhatsApp, and the bodies."""

    at_s: float
    bodies: list[dict[str, Any]]


class Answers:
    """Replies by the message they answer, which the bot names in each of them."""

    def __init__(self) -> None:
        self.by_message: dict[str, Answer] = {}

    def take(self, body: dict[str, Any], at_s: float) -> None:
        """Takes down a message of the bot."""
        about = str(body.get("biz_opaque_callback_data", ""))
        answer = self.by_message.setdefault(about, Answer(at_s, []))
        answer.at_s = at_s
        answer.bodies.append(body)

    def button(self, message_id: str | None, text: str) -> dict[str, str] | None:
        """The button of the reply to a message that stands for yes or no; None when it has none yet."""
        answer = self.by_message.get(message_id or "")
        wanted = ":yes:" if text.casefold() in _YES else ":no:"
        for body in answer.bodies if answer else []:
            for button in body.get("interactive", {}).get("action", {}).get("buttons", []):
                if wanted in button["reply"]["id"]:
                    return dict(button["reply"])
        return None


class Letters:
    """Arrivals to WhatsApp messages: codes, invoices and buttons that a trace cannot know in advance are filled in."""

    def __init__(self, trace: Trace, answers: Answers) -> None:
        self._people = trace.population
        self._answers = answers
        self._written: dict[str, UserMessage] = {}

    def write(self, arrival: Arrival, sent_at_s: float, invoice: str = "") -> UserMessage:
        """The message; a delivery that repeats an earlier one is the same message again."""
        if arrival.duplicate_of is not None:
            return self._written[arrival.duplicate_of]
        member = self._people[arrival.user]
        message = self._message(arrival, member.sender, member.phone, sent_at_s, invoice)
        self._written[arrival.wamid] = message
        return message

    def _message(self, arrival: Arrival, sender: str, phone: str, sent_at_s: float, invoice: str) -> UserMessage:
        button = self._answers.button(arrival.follows, arrival.text) if arrival.kind == "button" else None
        if button is not None:
            return button_message(sender, button["id"], button["title"], message_id=arrival.wamid, sent_at_s=sent_at_s)
        text = arrival.text.replace("{otp}", otp_code(phone)).replace("{invoice}", invoice)
        return text_message(sender, text, message_id=arrival.wamid, sent_at_s=sent_at_s)
