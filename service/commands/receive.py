from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.display import Display, display_in
from service.commands.fields import amount_cents, memo_of
from service.commands.rules import amount_positive, amount_readable, amount_within_limit, linked_only, memo_short
from service.core.bolt11 import Bolt11Error, decode
from service.core.commands import CommandType
from service.core.errors import UpstreamUnavailable
from service.core.queries import InvoiceMade
from service.core.requests import Request
from service.core.results import InvoiceCreated, Result
from service.ports import Rule

__all__ = ["ReceiveCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCommand:
    """`receive [amount] [memo]`: an invoice for somebody else to pay."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.RECEIVE
    rules: ClassVar[Sequence[Rule]] = (
        linked_only,
        amount_readable,
        amount_positive,
        amount_within_limit,
        memo_short,
    )

    async def handle(self, request: Request) -> Result:
        reader = self.accounts.reader(request)
        profile = (await reader.profile()).value
        cents, memo = amount_cents(request), memo_of(request)
        # An invoice lives for a minute: what it is shown with is read first.
        display = await display_in(reader, profile.currency) if cents is not None else Display()
        made = await self.accounts.create_invoice(request.session, profile.usd_wallet_id, cents, memo)
        return InvoiceCreated(
            payment_request=made.payment_request,
            money=display.money(cents) if cents is not None else None,
            memo=memo,
            expires_in_s=_expires_in_s(made, request.now_s),
        )


def _expires_in_s(made: InvoiceMade, now_s: float) -> int:
    try:
        return max(0, int(decode(made.payment_request).expires_at - now_s))
    except Bolt11Error as error:
        raise UpstreamUnavailable("create_invoice", f"the invoice cannot be read: {error}") from error
