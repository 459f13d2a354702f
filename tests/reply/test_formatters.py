"""Both formatters, over every type of result there is."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from service.core.buttons import Answer, decode_button
from service.core.messages import Buttons, Document, Menu, Outgoing, Picture, Text
from service.core.results import (
    HelpShown,
    InvoiceCreated,
    Money,
    PaymentProposed,
    Problem,
    Result,
    Trouble,
    UnlinkAsked,
)
from service.reply.formatters import interactive, text_only
from service.reply.graph_payloads import payload
from service.reply.text import text_of
from service.sandbox.message_rules import check_message
from tests.reply.kit import INVOICE, PAYMENT, RESULT_TYPES, SAMPLES

FORMATTERS = [text_only, interactive]


def test_the_samples_cover_every_type_of_result() -> None:
    assert {type(sample) for sample in SAMPLES} == RESULT_TYPES


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize("result", SAMPLES, ids=lambda result: type(result).__name__)
def test_whatsapp_takes_every_reply(result: Result, formatter: Callable[[Result], Sequence[Outgoing]]) -> None:
    messages = formatter(result)
    assert messages
    for message in messages:
        check_message(payload("18765550001", message, "wamid.A", "media"), {"media"})


@pytest.mark.parametrize("result", SAMPLES, ids=lambda result: type(result).__name__)
def test_text_only_has_neither_buttons_nor_menus(result: Result) -> None:
    assert {type(message) for message in text_only(result)} <= {Text, Picture, Document}


@pytest.mark.parametrize("result", SAMPLES, ids=lambda result: type(result).__name__)
def test_both_say_the_same_words(result: Result) -> None:
    def words(message: Any) -> str:
        return str(message.caption if isinstance(message, Picture) else message.body)

    plain, rich = (words(formatter(result)[0]) for formatter in FORMATTERS)
    assert rich == plain or (len(plain) > 1024 and plain.startswith(rich.removesuffix("…")))


def test_a_proposal_has_buttons_that_carry_its_id() -> None:
    [message] = interactive(PaymentProposed(PAYMENT, Money(500)))
    assert isinstance(message, Buttons)
    assert [decode_button(button.id) for button in message.buttons] == [
        Answer(yes=True, payment_id=PAYMENT.id),
        Answer(yes=False, payment_id=PAYMENT.id),
    ]


def test_help_is_a_menu_of_commands() -> None:
    [message] = interactive(HelpShown(None, linked=True))
    assert isinstance(message, Menu)
    commands = [decode_button(row.id) for row in message.rows]
    assert "balance" in commands
    assert all(isinstance(command, str) for command in commands)


@pytest.mark.parametrize(
    ("result", "command"),
    [
        (HelpShown(None, linked=False), "link"),
        (UnlinkAsked(), "unlink confirm"),
        (Problem("not-linked"), "link"),
        (Trouble("session-expired"), "link"),
        (Problem("not-understood", {"text": "?"}), "help"),
    ],
)
def test_the_next_step_is_a_tap_away(result: Result, command: str) -> None:
    [message] = interactive(result)
    assert isinstance(message, Buttons)
    assert decode_button(message.buttons[0].id) == command


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_an_invoice_is_a_picture_and_a_text_to_copy(formatter: Callable[[Result], Sequence[Outgoing]]) -> None:
    result = InvoiceCreated(INVOICE, None, None, 60)
    picture, text = formatter(result)
    assert picture == Picture(f"LIGHTNING:{INVOICE.upper()}", text_of(result))
    assert text == Text(INVOICE)
