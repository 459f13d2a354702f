"""Mistakes with word of payments to their recipients."""

from typing import Any

import msgspec

from service.commands import paying
from service.commands.recipients import Recipients
from service.core.events import Event, PaymentReceived, events_of
from service.core.messages import OutboxItem
from service.core.payments import Payment, PaymentState
from service.store.outbox import RedisOutbox
from tests.sim.defects import Defect, planted_in

__all__ = ["NEWS_DEFECTS"]

_ADD = RedisOutbox.add


def _whatever_became_of_it(payment: Payment) -> tuple[Event, ...]:
    return events_of(msgspec.structs.replace(payment, state=PaymentState.SETTLED))


async def _add_again(self: RedisOutbox, item: OutboxItem) -> bool:
    """Under the name of the attempt, so that the outbox cannot know it again."""
    await _ADD(self, msgspec.structs.replace(item, id=f"{item.id}:again"))
    return await _ADD(self, item)


_TELL = Recipients._tell


async def _tell_the_payer(self: Recipients, event: PaymentReceived) -> Any:
    return await _TELL(self, msgspec.structs.replace(event, wallet_id=event.payer_wallet_id))


NEWS_DEFECTS = (
    Defect("told before it is known", ("told-truly",), planted_in(paying, "events_of", _whatever_became_of_it)),
    Defect("told again", ("told-truly",), planted_in(RedisOutbox, "add", _add_again)),
    Defect("told to the wrong one", ("told-truly",), planted_in(Recipients, "_tell", _tell_the_payer)),
)
