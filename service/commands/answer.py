"""Answers to an open proposal: yes, no, or another amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.fields import amount_cents, is_late
from service.commands.paying import Paying, obstacle
from service.commands.proposing import Draft, Proposing
from service.commands.reading import Known, reader_for
from service.commands.rules import amount_positive, amount_readable, amount_within_limit, linked_only
from service.core.commands import CommandType
from service.core.payments import Payment, PaymentState
from service.core.queries import Balance, Profile
from service.core.requests import Request
from service.core.results import LateCommand, NoOpenPayment, PaymentStatus, Problem, Result
from service.ports import Fetch, Payments, Rule, Together

__all__ = ["CancelCommand", "ConfirmCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCommand:
    """Yes, or a new amount: then a new proposal takes the place of the open one."""

    fetch: Fetch
    together: Together
    payments: Payments
    proposing: Proposing
    paying: Paying
    type: ClassVar[CommandType] = CommandType.CONFIRM
    rules: ClassVar[Sequence[Rule]] = (linked_only, amount_readable, amount_positive, amount_within_limit)

    async def handle(self, request: Request) -> Result:
        payment = await _payment_meant(request, self.payments)
        if payment is None:
            return NoOpenPayment()
        if payment.state is PaymentState.PROPOSED and _came_before(request, payment):
            return LateCommand()
        if "amount" in request.command.args:
            return await self._change_amount(request, payment)
        return await self.paying.confirm(request, payment)

    async def _change_amount(self, request: Request, payment: Payment) -> Result:
        if payment.state is not PaymentState.PROPOSED:
            return PaymentStatus(payment, repeated=True)
        if is_late(request):
            return LateCommand()
        if reason := obstacle(payment, request.now_s):
            return await self.paying.withdraw(request, payment, reason)
        if payment.target.kind == "invoice":
            return Problem("invoice-amount-fixed")
        reader = reader_for(self.fetch, request)
        profile: Known[Profile]
        balance: Known[Balance]
        profile, balance = await self.together(reader.profile, reader.balance)
        draft = Draft(payment.target, amount_cents(request) or 0, payment.memo)
        return await self.proposing.propose(request, draft, profile.value, balance)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCommand:
    """No. It never pays anything."""

    payments: Payments
    paying: Paying
    type: ClassVar[CommandType] = CommandType.CANCEL
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        payment = await _payment_meant(request, self.payments)
        if payment is None:
            return NoOpenPayment()
        if payment.state is not PaymentState.PROPOSED:
            return PaymentStatus(payment, repeated=True)
        return await self.paying.withdraw(request, payment, "declined")


async def _payment_meant(request: Request, payments: Payments) -> Payment | None:
    """The tapped button's payment, else the latest; never that of another user or of another account."""
    asked, payment = request.command.args.get("payment"), request.conversation.payment
    if asked is not None and (payment is None or payment.id != asked):
        payment = await payments.get(asked)
    if payment is None or payment.user != request.user or payment.account_id != request.session.account_id:
        return None
    return payment


def _came_before(request: Request, payment: Payment) -> bool:
    """Whether a typed answer was written before the message that made the proposal: it meant another one."""
    return "payment" not in request.command.args and request.message.sent_at_s < payment.asked_at_s
