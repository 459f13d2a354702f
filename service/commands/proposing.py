"""From a target and an amount to a proposal that waits for yes or no."""

from dataclasses import dataclass

from service.commands.accounts import AccountFacade
from service.commands.display import display_in
from service.commands.reading import Known
from service.core.money import format_usd
from service.core.payments import Payment, PaymentState, Target, proposal_id
from service.core.queries import Balance, Profile, ReadingSource
from service.core.requests import Request
from service.core.results import LateCommand, PaymentProposed, PaymentStatus, Problem, Result
from service.ports import Payments

__all__ = ["Draft", "Proposing", "open_payment"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be proposed."""

    target: Target
    amount_cents: int
    memo: str | None


def open_payment(request: Request) -> Payment | None:
    """The user's latest payment while it still waits for an answer."""
    latest = request.conversation.payment
    return latest if latest and latest.state is PaymentState.PROPOSED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """Checks the balance and records the proposal; the amount is checked against the limits before."""

    accounts: AccountFacade
    payments: Payments

    async def propose(self, request: Request, draft: Draft, profile: Profile, balance: Known[Balance]) -> Result:
        """The proposal, or what stands against it. Raises UpstreamError and StoreError.

        Everything that can fail upstream comes before the record: a proposal that the user was not shown must not
        wait for their yes. A request that was overtaken by a later one of its user proposes nothing: what they say next
        is about the later question.
        """
        if _is_overtaken(request):
            return LateCommand()
        reader = self.accounts.reader(request)
        if balance.value.cents < draft.amount_cents and balance.source is not ReadingSource.UPSTREAM:
            balance = await reader.balance(fresh=True)  # nobody is refused on an old figure
        if balance.value.cents < draft.amount_cents:
            facts = {"amount": format_usd(draft.amount_cents), "balance": format_usd(balance.value.cents)}
            return Problem("insufficient-balance", facts)
        display = await display_in(reader, profile.currency)
        stored = await self._record(request, draft, profile)
        if stored.state is not PaymentState.PROPOSED:
            return PaymentStatus(stored, repeated=True)
        return PaymentProposed(stored, display.money(stored.amount_cents))

    async def _record(self, request: Request, draft: Draft, profile: Profile) -> Payment:
        payment = Payment(
            id=proposal_id(request.message.id),
            user=request.user,
            account_id=request.session.account_id,
            wallet_id=profile.usd_wallet_id,
            target=draft.target,
            amount_cents=draft.amount_cents,
            memo=draft.memo,
            proposed_at_s=request.now_s,
            asked_at_s=request.message.sent_at_s,
        )
        return await self.payments.propose(payment, replaces=open_payment(request))


def _is_overtaken(request: Request) -> bool:
    """Whether the user's latest proposal is from a message that they wrote after this one, by WhatsApp's time."""
    latest = request.conversation.payment
    if latest is None or latest.id == proposal_id(request.message.id):
        return False
    return request.message.sent_at_s < latest.asked_at_s
