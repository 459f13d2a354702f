"""Finds out how payments ended of which nobody heard, and tells their users: on start-up, and on schedule.

What is to be done is decided in `core.reconciliation`. Like `paying`, every step is on record before the next begins,
and word of an outcome enters the outbox in the step that records the outcome.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog

from service.core.errors import PulseError
from service.core.events import events_of
from service.core.freshness import MOVED_BY_PAYING
from service.core.messages import OutboxItem
from service.core.payments import Payment, PaymentState
from service.core.queries import Account
from service.core.reconciliation import (
    Sighting,
    Unclear,
    after_audit,
    after_lookup,
    after_sending_again,
    may_send_again,
    orphaned,
    sending_again,
)
from service.core.results import PaymentStatus
from service.ports import Announce, Clock, Forget, Formatter, Meter, Payments, Wallet

__all__ = ["RECONCILE_EVERY_S", "Reconciler", "notice_of"]

RECONCILE_EVERY_S = 5.0
"""How often it is asked whose time has come."""

_AT_ONCE = 8
_PER_ROUND = 500
_TAKEN_OVER = 100_000
_TOLD = frozenset({PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.WITHDRAWN, PaymentState.NEEDS_HUMAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Looks after payments that are not decided. `account_of` gives the account with a token that still works.

    News of a payment waits for its user's turn: a message of theirs that has read how it stood is answered before. And
    it leaves by way of the outbox, behind what waits there: `hurry` has that looked into.

    Meters `reconciled` by the state a payment came to, and `payment_alarms`.
    """

    payments: Payments
    wallet: Wallet
    account_of: Callable[[str], Awaitable[Account | None]]
    forget: Forget
    word: Formatter
    in_turn: Callable[[str], AbstractAsyncContextManager[None]]
    hurry: Callable[[], Awaitable[None]]
    announce: Announce
    clock: Clock
    meter: Meter

    async def begin(self) -> None:
        """At the start of the process: whoever was sending a payment is gone. Raises StoreError."""
        for payment in await self.payments.undecided(_TAKEN_OVER):
            if payment.state is PaymentState.INTENDED:
                await self._look_after(payment)

    async def run(self) -> None:
        """One round over the payments whose time has come. Raises StoreError when they cannot be had."""
        due = await self.payments.due(self.clock.now(), _PER_ROUND)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def look_after(payment: Payment) -> None:
            async with slots:
                await self._attempt(payment)

        async with asyncio.TaskGroup() as group:
            for payment in due:
                group.create_task(look_after(payment))

    async def _attempt(self, payment: Payment) -> None:
        """One payment's trouble is no other's: it stays due, and the next round tries again."""
        log = structlog.get_logger("reconciler")
        try:
            await self._look_after(payment)
        except PulseError as error:
            log.warning("a payment could not be looked after", payment=payment.id, error=str(error))
        except Exception:
            self.meter.count("background_errors", "reconciler")
            log.exception("a payment could not be looked after", payment=payment.id)

    async def _look_after(self, payment: Payment) -> None:
        orphan = orphaned(payment, self.clock.now())
        if orphan is not None:
            await self._move(payment, orphan)
            return
        account = await self.account_of(payment.account_id)
        sighting = await self._find(account, payment)
        if payment.state is PaymentState.SETTLED:
            await self._audited(payment, sighting)
        elif payment.state is PaymentState.UNKNOWN:
            await self._decide(payment, account, sighting)

    async def _find(self, account: Account | None, payment: Payment) -> Sighting:
        if account is None:
            return Unclear("the account is not linked any more")
        return await self.wallet.find(account, payment)

    async def _decide(self, payment: Payment, account: Account | None, sighting: Sighting) -> None:
        now_s = self.clock.now()
        if account is None or not self.wallet.can_repeat(payment) or not may_send_again(payment, sighting, now_s):
            await self._move(payment, after_lookup(payment, sighting, now_s))
            return
        noted, is_done = await self.payments.move(payment, sending_again(payment, now_s))
        if is_done:
            outcome = await self.wallet.pay(account, noted)
            await self._move(noted, after_sending_again(payment, noted, sighting, outcome, self.clock.now()))

    async def _audited(self, payment: Payment, sighting: Sighting) -> None:
        after = after_audit(payment, sighting, self.clock.now())
        _, is_done = await self.payments.move(payment, after)
        if is_done and after.alarm is not None:
            self.meter.count("payment_alarms")
            structlog.get_logger("reconciler").error(
                "Flash's books contradict it", payment=payment.id, alarm=after.alarm
            )

    async def _move(self, before: Payment, after: Payment) -> None:
        """Records the step, and tells the user where it says something new; forgets old figures first."""
        if after.state is PaymentState.SETTLED:
            await self.forget(after.account_id, MOVED_BY_PAYING)
        notice = notice_of(after, self.word) if after.state is not before.state else None
        if notice is None:
            _, is_done = await self.payments.move(before, after)
        else:
            async with self.in_turn(after.user):
                _, is_done = await self.payments.move(before, after, notice)
        if is_done and after.state is not before.state:
            self._say(after)
            await self.announce(events_of(after))
        if is_done and notice is not None:
            await self.hurry()

    def _say(self, after: Payment) -> None:
        self.meter.count("reconciled", after.state)
        log: Any = structlog.get_logger("reconciler")
        tell = log.error if after.is_for_human else log.info
        tell("a payment was looked after", payment=after.id, state=after.state, reason=after.reason)


def notice_of(payment: Payment, word: Formatter) -> OutboxItem | None:
    """What its user is told of a payment's new state, unasked; None when there is nothing to say or nobody to tell."""
    if payment.state not in _TOLD or not payment.reply_to:
        return None
    [message] = word(PaymentStatus(payment))
    return OutboxItem(f"{payment.id}:{payment.revision}", payment.reply_to, message, payment.confirmed_by or "")
