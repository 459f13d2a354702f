"""Payments as commands speak of them (item 4.3): whom, how much, yes or no, and how it stands."""

from dataclasses import dataclass

from service.commands.aims import Aim, Aims
from service.commands.paying import Paying
from service.commands.proposing import Draft, Proposing
from service.commands.reading import Known
from service.core.payments import Payment
from service.core.queries import Balance, Profile
from service.core.requests import Request
from service.core.results import RecipientUnknown, Result
from service.ports import Payments

__all__ = ["PaymentFacade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacade:
    """Decides nothing about money itself: `paying` alone pays, `proposing` alone proposes."""

    payments: Payments
    aims: Aims
    proposing: Proposing
    paying: Paying

    async def aim(self, request: Request) -> Aim | RecipientUnknown:
        """Whom a request wants to pay. Raises StoreError."""
        return await self.aims.find(request)

    async def propose(self, request: Request, draft: Draft, profile: Profile, balance: Known[Balance]) -> Result:
        """Asks for a yes, or says what stands against it. Raises UpstreamError and StoreError."""
        return await self.proposing.propose(request, draft, profile, balance)

    async def meant(self, request: Request) -> Payment | None:
        """The tapped button's payment, else the latest; never that of another user or of another account."""
        asked, payment = request.command.args.get("payment"), request.conversation.payment
        if asked is not None and (payment is None or payment.id != asked):
            payment = await self.payments.get(asked)
        if payment is None or payment.user != request.user or payment.account_id != request.session.account_id:
            return None
        return payment

    async def confirm(self, request: Request, payment: Payment) -> Result:
        """Pays, once. Raises StoreError: then the message is to be delivered again."""
        return await self.paying.confirm(request, payment)

    async def withdraw(self, request: Request, payment: Payment, reason: str) -> Result:
        """Ends a payment of which nothing was sent; if it went on meanwhile, says how it stands. Raises StoreError."""
        return await self.paying.withdraw(request, payment, reason)
