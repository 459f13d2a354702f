"""What a settled payment means for whom it was paid to, if they are linked with us: new figures, and a word of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.core.events import Event, PaymentReceived
from service.core.freshness import MOVED_BY_PAYING
from service.core.messages import OutboxItem
from service.core.results import Money, PaymentArrived
from service.ports import Clock, Forget, Formatter, Meter, Outbox, Sessions

__all__ = ["FREE_TEXT_S", "Recipients"]

FREE_TEXT_S = 23 * 3_600.0
"""WhatsApp takes free text for 24 hours after a user's last message; and older news is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Listens to payments. Both may be told of one payment again and again: what they do is done once.

    `take_up` has the items sent, without waiting for that: it is a payer's reply that may wait for a listener.

    Meters `recipient_notices`: `told`, or why not.
    """

    sessions: Sessions
    outbox: Outbox
    forget: Forget
    word: Formatter
    take_up: Callable[[Sequence[OutboxItem]], None]
    clock: Clock
    meter: Meter

    async def forget_figures(self, event: Event) -> None:
        """The recipient's next look is at new figures. Raises StoreError."""
        found = await self.sessions.find_by_wallet(event.wallet_id) if isinstance(event, PaymentReceived) else None
        if found is not None:
            await self.forget(found.session.account_id, MOVED_BY_PAYING)

    async def tell(self, event: Event) -> None:
        """The recipient is told who paid how much, once. Raises StoreError."""
        if isinstance(event, PaymentReceived):
            self.meter.count("recipient_notices", await self._tell(event))

    async def _tell(self, event: PaymentReceived) -> str:
        if self.clock.now() - event.at_s > FREE_TEXT_S:
            return "late"
        found = await self.sessions.find_by_wallet(event.wallet_id)
        if found is None:
            return "not_linked"
        if found.silent_s > FREE_TEXT_S:
            return "silent"
        payer = await self.sessions.find_by_wallet(event.payer_wallet_id)
        arrived = PaymentArrived(Money(event.amount_cents), payer.session.username if payer else None)
        [message] = self.word(arrived)
        to = found.session.phone.removeprefix("+")
        name = f"{event.payment}:received"
        item = OutboxItem(name, to, message, about=name)
        if not await self.outbox.add(item):
            return "known"
        self.take_up([item])
        return "told"
