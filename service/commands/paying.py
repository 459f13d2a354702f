"""The one place that pays. Each step is on record before the next begins, so that any of them may be the last.

    confirm: PROPOSED -> CONFIRMED -> INTENDED -> wallet.pay -> SETTLED | REJECTED | UNKNOWN

A message that was interrupted is delivered again, and finds its payment by `confirmed_by`. Before INTENDED nothing
was sent, so it goes on; after it nobody knows, so it says so: only the reconciler, which looks first, may send again.
"""

from dataclasses import dataclass

from service.commands.fields import is_late
from service.core.bolt11 import Bolt11Error, decode
from service.core.events import events_of
from service.core.freshness import MOVED_BY_PAYING
from service.core.payment_steps import conclude, confirm, intend, is_expired, withdraw
from service.core.payments import INTERRUPTED, DailyLimits, Outcome, Payment, PaymentState, Unknown
from service.core.requests import Request
from service.core.results import LateCommand, PaymentStatus, Result
from service.ports import Announce, Clock, Forget, Payments, Renew, Wallet

__all__ = ["Paying", "obstacle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """Carries out a payment that its user said yes to; every outcome is a result."""

    payments: Payments
    wallet: Wallet
    forget: Forget
    renew: Renew
    announce: Announce
    limits: DailyLimits
    clock: Clock

    async def confirm(self, request: Request, payment: Payment) -> Result:
        """What became of the payment. Raises StoreError: then the message is to be delivered again."""
        is_ours = payment.confirmed_by == request.message.id
        match payment.state:
            case PaymentState.PROPOSED:
                return await self._claim(request, payment)
            case PaymentState.CONFIRMED if is_ours:
                return await self._resume(request, payment)
            case PaymentState.INTENDED if is_ours:
                return await self._settle(request, payment, Unknown(INTERRUPTED))
            case _:
                if is_ours:  # interrupted after the outcome, perhaps before others heard of it
                    await self._wind_up(payment)
                return _status(request, payment)

    async def withdraw(self, request: Request, payment: Payment, reason: str) -> Result:
        """Ends a payment of which nothing was sent; if it went on meanwhile, says how it stands."""
        stored, is_done = await self.payments.move(payment, withdraw(payment, reason))
        return PaymentStatus(stored) if is_done else _status(request, stored)

    async def _claim(self, request: Request, payment: Payment) -> Result:
        if is_late(request):
            return LateCommand()
        if reason := obstacle(payment, request.now_s):
            return await self.withdraw(request, payment, reason)
        message = request.message
        confirmed = confirm(payment, by=message.id, reply_to=message.sender, now_s=request.now_s)
        stored, verdict = await self.payments.confirm(payment, confirmed, self.limits)
        if isinstance(verdict, str):
            return await self.withdraw(request, payment, verdict)
        return await self._carry_out(request, stored) if verdict else _status(request, stored)

    async def _resume(self, request: Request, payment: Payment) -> Result:
        if is_late(request):
            return await self.withdraw(request, payment, "expired")
        if _has_dead_invoice(payment, request.now_s):
            return await self.withdraw(request, payment, "invoice-expired")
        return await self._carry_out(request, payment)

    async def _carry_out(self, request: Request, confirmed: Payment) -> Result:
        intended = intend(confirmed, now_s=self.clock.now(), can_repeat=self.wallet.can_repeat(confirmed))
        stored, is_done = await self.payments.move(confirmed, intended)
        if not is_done:
            return _status(request, stored)
        return await self._settle(request, stored, await self._pay(request, stored))

    async def _pay(self, request: Request, intended: Payment) -> Outcome:
        try:
            return await self.wallet.pay(request.session.account, intended)
        except Exception as error:  # noqa: BLE001 - after the intent even a bug must end as "unknown", not as "failed"
            return Unknown(type(error).__name__)

    async def _settle(self, request: Request, intended: Payment, outcome: Outcome) -> Result:
        now_s = self.clock.now()
        stored, is_done = await self.payments.move(intended, conclude(intended, outcome, now_s))
        if not is_done and _was_given_up(stored, intended) and not isinstance(outcome, Unknown):
            stored, _ = await self.payments.move(stored, conclude(stored, outcome, now_s))
        await self._wind_up(stored)
        if stored.state is PaymentState.SETTLED:  # of all else nobody knows yet whether it has moved money
            self.renew(request.session.account)
        return _status(request, stored)

    async def _wind_up(self, payment: Payment) -> None:
        """The payer's own figures are forgotten before the reply, always; what concerns others, they hear of."""
        await self.forget(payment.account_id, MOVED_BY_PAYING)
        await self.announce(events_of(payment))


def obstacle(payment: Payment, now_s: float) -> str | None:
    """Why an open proposal can no longer be confirmed; None when it can."""
    if is_expired(payment, now_s):
        return "expired"
    return "invoice-expired" if _has_dead_invoice(payment, now_s) else None


def _status(request: Request, payment: Payment) -> PaymentStatus:
    """How it stands; not `repeated` for the message that confirmed it, however often that is delivered."""
    return PaymentStatus(payment, repeated=payment.confirmed_by != request.message.id)


def _was_given_up(stored: Payment, intended: Payment) -> bool:
    """Whether somebody else stopped waiting for the answer that we have, and has not sent the payment since."""
    return stored.state is PaymentState.UNKNOWN and stored.sends == intended.sends


def _has_dead_invoice(payment: Payment, now_s: float) -> bool:
    """Whether the payment is for an invoice that nobody can pay any more."""
    if payment.target.kind == "wallet":
        return False
    try:
        return decode(payment.target.address).expires_at <= now_s
    except Bolt11Error:
        return True
