"""Payments in words. "Paid" is said of a settled payment alone, "not paid" only of a rejected or a withdrawn one."""

from typing import Literal, assert_never

from service.core.payment_steps import CONFIRM_WITHIN_S
from service.core.payments import Payment, PaymentState
from service.core.results import (
    LateCommand,
    Money,
    NoOpenPayment,
    PaymentArrived,
    PaymentProposed,
    PaymentStatus,
    RecipientUnknown,
)
from service.reply.figures import amount, duration
from service.reply.markup import shown
from service.reply.phrases import ARRIVALS, DEFAULT_REJECTION, DEFAULT_WITHDRAWAL, REJECTIONS, WITHDRAWALS

__all__ = ["PaymentResult", "payment_text"]

PaymentResult = PaymentProposed | PaymentStatus | PaymentArrived | NoOpenPayment | RecipientUnknown | LateCommand

_MEMO_CHARS = 200
_Undecided = Literal[
    PaymentState.PROPOSED,
    PaymentState.CONFIRMED,
    PaymentState.INTENDED,
    PaymentState.UNKNOWN,
    PaymentState.NEEDS_HUMAN,
]


def payment_text(result: PaymentResult) -> str:
    """What is said about a payment, or about the lack of one."""
    match result:
        case PaymentProposed():
            return _proposal(result)
        case PaymentStatus():
            return _status(result.payment, repeated=result.repeated)
        case PaymentArrived(money=money, payer=payer):
            facts = {"amount": _due(money), "payer": f"@{shown(payer or '')}"}
            return ARRIVALS["named" if payer else "unnamed"].format_map(facts)
        case NoOpenPayment():
            return "There's no payment waiting for an answer. Start one like this: *send 5 to @bob*"
        case RecipientUnknown():
            return _unknown(result)
        case LateCommand():
            return "That message reached me late, so I've done nothing with it. If you still want it, send it again."
        case _:
            assert_never(result)


def _proposal(result: PaymentProposed) -> str:
    payment = result.payment
    lines = [f"Send {_due(result.money)} to *{shown(payment.target.label)}*?"]
    if payment.memo:
        lines.append(f"Note: {shown(payment.memo, _MEMO_CHARS)}")
    choices = "*yes* or *no*" if payment.target.kind == "invoice" else "*yes*, *no* or another amount"
    lines += ["", f"Answer {choices} within {duration(CONFIRM_WITHIN_S)}."]
    return "\n".join(lines)


def _due(money: Money) -> str:
    """An invoice may ask for less than a cent."""
    return amount(money) if money.cents else "*less than $0.01*"


def _status(payment: Payment, *, repeated: bool) -> str:
    what = f"{_due(Money(payment.amount_cents))} to {shown(payment.target.label)}"
    match payment.state:
        case PaymentState.SETTLED:
            return _settled(payment, what, repeated=repeated)
        case PaymentState.REJECTED:
            return f"{what} was *not paid*: {REJECTIONS.get(payment.reason or '', DEFAULT_REJECTION)}."
        case PaymentState.WITHDRAWN:
            return f"{what} was *not paid*: {WITHDRAWALS.get(payment.reason or '', DEFAULT_WITHDRAWAL)}."
        case _:
            return _undecided(payment.state, what)


def _undecided(state: _Undecided, what: str) -> str:
    match state:
        case PaymentState.PROPOSED:
            return f"{what} is waiting for your *yes* or *no*."
        case PaymentState.CONFIRMED:
            return f"You said yes to {what}, and I'm working on it. Please don't send it again."
        case PaymentState.INTENDED | PaymentState.UNKNOWN:
            return (
                f"{what}: Flash hasn't told me how it ended, so I'm *still checking*. Please don't send it again: "
                "I'll write as soon as I know."
            )
        case PaymentState.NEEDS_HUMAN:
            return (
                f"{what}: I couldn't find out how it ended, so a *person is looking into it*. You'll hear from us. "
                "Please don't send it again until then."
            )
        case _:
            assert_never(state)


def _settled(payment: Payment, what: str, *, repeated: bool) -> str:
    if repeated:
        return f"Paid before: {what}. Nothing was sent a second time."
    return f"Paid: {what}." + (" Flash says that it had gone through before." if payment.reason == "already" else "")


def _unknown(result: RecipientUnknown) -> str:
    label = shown(result.label)
    match result.kind:
        case "username":
            return f"I can't find {label} on Flash. Please check the name."
        case "contact":
            return f"You have no contact called “{label}”. For a Flash username, put an @ before it: *@{label}*"
        case "phone":
            return (
                f"{label} isn't linked with me under a username, so I don't know where to send it. Ask for a @username."
            )
        case _:
            assert_never(result.kind)
