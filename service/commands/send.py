from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from service.commands import name_rules, rules
from service.commands.accounts import AccountFacade
from service.commands.aims import Aim, ToInvoice, ToUser
from service.commands.display import US_DOLLAR
from service.commands.fields import amount_cents, memo_of
from service.commands.payments import PaymentFacade
from service.commands.proposing import Draft
from service.commands.reading import Known, Reader
from service.core.commands import CommandType
from service.core.money import MSAT_PER_SAT, format_usd, sats_to_cents
from service.core.payments import Target
from service.core.queries import Price, Profile, Recipient
from service.core.requests import Request
from service.core.results import Problem, RecipientUnknown, Result
from service.ports import Rule

__all__ = ["SendCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCommand:
    """`send AMOUNT to WHOM`: nothing moves yet, a proposal is made that waits for yes."""

    accounts: AccountFacade
    payments: PaymentFacade
    type: ClassVar[CommandType] = CommandType.SEND
    rules: ClassVar[Sequence[Rule]] = (
        rules.linked_only,
        rules.not_late,
        name_rules.recipient_given,
        name_rules.one_recipient,
        name_rules.no_lightning_address,
        name_rules.amount_given,
        rules.amount_readable,
        rules.amount_positive,
        rules.amount_within_limit,
        rules.memo_short,
        name_rules.phone_form,
        name_rules.recipient_possible,
        name_rules.not_to_self,
        name_rules.invoice_payable,
    )

    async def handle(self, request: Request) -> Result:
        aim = await self.payments.aim(request)
        if isinstance(aim, RecipientUnknown):
            return aim
        reader = self.accounts.reader(request)
        profile, balance, found = await reader.profile_and_balance(*_reads_for(aim, reader))
        draft = _draft(request, aim, profile.value, found)
        if not isinstance(draft, Draft):
            return draft
        return await self.payments.propose(request, draft, profile.value, balance)


def _reads_for(aim: Aim, reader: Reader) -> tuple[Callable[[], Awaitable[Any]], ...]:
    """What must be known of the target before it can be paid: an invoice that leaves the amount open needs nothing."""
    match aim:
        case ToUser(username=username):
            return (lambda: reader.recipient(username),)
        case ToInvoice(invoice=invoice) if invoice.amount_msat is not None:
            return (lambda: reader.price(US_DOLLAR.id),)
        case _:
            return ()


def _draft(request: Request, aim: Aim, own: Profile, found: list[Any]) -> Draft | Result:
    typed = amount_cents(request)
    match aim:
        case ToUser():
            recipient: Known[Recipient] = found[0]
            return _to_user(aim, recipient.value, own, typed or 0, memo_of(request))
        case ToInvoice() if found:
            price: Known[Price] = found[0]
            return _to_invoice(aim, price.value, typed, memo_of(request))
        case ToInvoice():
            target = Target("open-invoice", aim.label, aim.text, aim.invoice.payment_hash)
            return Draft(target, typed or 0, memo_of(request))


def _to_user(aim: ToUser, recipient: Recipient, own: Profile, cents: int, memo: str | None) -> Draft | Result:
    if recipient.wallet_id is None:
        return RecipientUnknown(aim.label, aim.kind)
    if recipient.wallet_id == own.usd_wallet_id:
        return Problem("cant-pay-self")
    return Draft(Target("wallet", aim.label, recipient.wallet_id), cents, memo)


def _to_invoice(aim: ToInvoice, price: Price, typed_cents: int | None, memo: str | None) -> Draft | Result:
    """The cents of a fixed invoice are for display, limits and the balance check: the invoice itself decides."""
    sats = -(-(aim.invoice.amount_msat or 0) // MSAT_PER_SAT)
    cents = sats_to_cents(sats, price)
    if typed_cents is not None and typed_cents != cents:
        return Problem("invoice-has-amount", {"amount": format_usd(cents)})
    target = Target("invoice", aim.label, aim.text, aim.invoice.payment_hash)
    return rules.too_large(cents) or Draft(target, cents, memo)
