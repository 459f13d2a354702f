import pytest

from service.commands.parsing import amount_answer, parse
from service.core.buttons import answer_button, command_button
from service.core.commands import CommandType, Parsed
from service.core.messages import Incoming
from service.core.payment_steps import CONFIRM_WITHIN_S
from service.core.payments import PaymentState
from service.core.sessions import Conversation
from service.flow.understand import understand
from tests.flow.kit import ANN, NOBODY, NOW_S, incoming, payment

OPEN = Conversation(ANN, None, payment())


def understood(message: Incoming, conversation: Conversation) -> Parsed:
    return understand(message, conversation, parse, amount_answer)


def typed(text: str, conversation: Conversation = OPEN) -> Parsed:
    return understood(incoming(text), conversation)


def tapped(button_id: str, conversation: Conversation = OPEN) -> Parsed:
    return understood(incoming("Yes", kind="button", button_id=button_id), conversation)


@pytest.mark.parametrize(
    ("text", "amount"), [("7.50", "7.50"), ("1", "1"), ("123456", "123456"), ("$1,500", "1500"), ("twenty", "20")]
)
def test_a_bare_amount_changes_the_open_proposal(text: str, amount: str) -> None:
    assert typed(text) == Parsed(CommandType.CONFIRM, {"amount": amount})


@pytest.mark.parametrize(
    "conversation",
    [
        NOBODY,
        Conversation(ANN, None, None),
        Conversation(None, None, payment()),
        Conversation(ANN, None, payment(proposed_at_s=NOW_S - CONFIRM_WITHIN_S - 1)),
        *(Conversation(ANN, None, payment(state)) for state in PaymentState if state is not PaymentState.PROPOSED),
    ],
    ids=lambda c: "nobody" if c.payment is None else f"{c.payment.state}, linked: {c.session is not None}",
)
def test_without_an_open_proposal_a_number_is_what_it_always_is(conversation: Conversation) -> None:
    assert [typed("123456", conversation), typed("2", conversation)] == [parse("123456"), parse("2")]


@pytest.mark.parametrize("text", ["yes", "no", "balance", "send 5 to @bob", "hello", ""])
def test_other_texts_mean_the_same_with_an_open_proposal(text: str) -> None:
    assert typed(text) == typed(text, NOBODY) == parse(text)


@pytest.mark.parametrize(("yes", "type_"), [(True, CommandType.CONFIRM), (False, CommandType.CANCEL)])
@pytest.mark.parametrize("conversation", [OPEN, NOBODY])
def test_a_payments_button_answers_that_payment(*, yes: bool, type_: CommandType, conversation: Conversation) -> None:
    assert tapped(answer_button("older", yes=yes), conversation) == Parsed(type_, {"payment": "older"})


def test_a_command_button_is_as_good_as_typing() -> None:
    assert tapped(command_button("send 5 to @bob")) == parse("send 5 to @bob")


def test_a_number_behind_a_button_is_no_new_amount() -> None:
    assert tapped(command_button("2")) == parse("2") != typed("2")


@pytest.mark.parametrize("button_id", ["", "yes", "pay:yes:", "pay:maybe:1", "pay:yes:a b", "else"])
def test_a_button_that_is_not_ours_is_unknown_whatever_its_title_says(button_id: str) -> None:
    assert tapped(button_id) == Parsed(CommandType.UNKNOWN)
