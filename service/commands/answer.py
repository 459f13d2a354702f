"""Answers to an open proposal: yes, no, or another amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.fields import amount_cents, is_late
from service.commands.paying import obstacle
from service.commands.payments import PaymentFacade
from service.commands.proposing import Draft
from service.commands.rules import amount_positive, amount_readable, amount_within_limit, linked_only
from service.core.commands import CommandType
from service.core.payments import Payment, PaymentState
from service.core.requests import Request
from service.core.results import LateCommand, NoOpenPayment, PaymentStatus, Problem, Result
from service.ports import Rule

__all__ = ["CancelCommand", "ConfirmCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCommand:
    """Yes, or a new amount: then a new proposal takes the place of the open one."""

    accounts: AccountFacade
    payments: PaymentFacade
    type: ClassVar[CommandType] = CommandType.CONFIRM
    rules: ClassVar[Sequence[Rule]] = (linked_only, amount_readable, amount_positive, amount_within_limit)

    async def handle(self, request: Request) -> Result:
        payment = await self.payments.meant(request)
        if payment is None:
            return NoOpenPayment()
        if payment.state is PaymentState.PROPOSED and _came_before(request, payment):
            return LateCommand()
        if "amount" in request.command.args:
            return await self._change_amount(request, payment)
        return await self.payments.confirm(request, payment)

    async def _change_amount(self, request: Request, payment: Payment) -> Result:
        if payment.state is not PaymentState.PROPOSED:
            return PaymentStatus(payment, repeated=True)
        if is_late(request):
            return LateCommand()
        if reason := obstacle(payment, request.now_s):
            return await self.payments.withdraw(request, payment, reason)
        if payment.target.kind == "invoice":
            return Problem("invoice-amount-fixed")
        profile, balance, _ = await self.accounts.reader(request).profile_and_balance()
        draft = Draft(payment.target, amount_cents(request) or 0, payment.memo)
        return await self.payments.propose(request, draft, profile.value, balance)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCommand:
    """No. It never pays anything."""

    payments: PaymentFacade
    type: ClassVar[CommandType] = CommandType.CANCEL
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        payment = await self.payments.meant(request)
        if payment is None:
            return NoOpenPayment()
        if payment.state is not PaymentState.PROPOSED:
            return PaymentStatus(payment, repeated=True)
        return await self.payments.withdraw(request, payment, "declined")


def _came_before(request: Request, payment: Payment) -> bool:
    """Whether a typed answer was written before the message that made the proposal: it meant another one."""
    return "payment" not in request.command.args and request.message.sent_at_s < payment.asked_at_s
