"""What a message asks for, given what the user was asked last."""

from collections.abc import Callable

from service.core.buttons import Answer, decode_button
from service.core.commands import CommandType, Parsed
from service.core.messages import Incoming
from service.core.payment_steps import is_expired
from service.core.payments import PaymentState
from service.core.sessions import Conversation
from service.ports import Parser

__all__ = ["confirms_unnamed", "understand"]


def understand(
    message: Incoming, conversation: Conversation, parse: Parser, amount_answer: Callable[[str], str | None]
) -> Parsed:
    """The command of a message.

    A button says exactly what it means and carries the id of its payment, so that a late tap cannot confirm a newer
    one. While a proposal is open, a bare amount changes it; otherwise a number may be a code, or a page of the help.
    """
    if message.button_id is not None:
        return _pressed(message.button_id, parse)
    amount = amount_answer(message.text) if _has_open_proposal(message, conversation) else None
    if amount is not None:
        return Parsed(CommandType.CONFIRM, {"amount": amount})
    return parse(message.text)


def confirms_unnamed(message: Incoming, parse: Parser, amount_answer: Callable[[str], str | None]) -> bool:
    """Whether a message may say yes, or name another amount, to whatever payment is proposed when it is read."""
    if message.kind != "text" or message.button_id is not None:
        return False
    return amount_answer(message.text) is not None or parse(message.text).type is CommandType.CONFIRM


def _has_open_proposal(message: Incoming, conversation: Conversation) -> bool:
    payment = conversation.payment
    if payment is None or conversation.session is None or payment.state is not PaymentState.PROPOSED:
        return False
    return not is_expired(payment, message.received_at_s)


def _pressed(button_id: str, parse: Parser) -> Parsed:
    match decode_button(button_id):
        case Answer(yes=yes, payment_id=payment_id):
            return Parsed(CommandType.CONFIRM if yes else CommandType.CANCEL, {"payment": payment_id})
        case str() as text:
            return parse(text)
        case None:
            return Parsed(CommandType.UNKNOWN)
