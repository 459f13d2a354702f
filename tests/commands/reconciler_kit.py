"""A reconciler over the fakes, and payments whose process is gone."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import msgspec

from service.commands.reconciler import Reconciler
from service.core.messages import OutboxItem
from service.core.payment_steps import REPEAT_WITHIN_S
from service.core.payments import Outcome, Payment, PaymentState, Settled
from service.core.queries import Account
from service.core.reconciliation import Absent, Found, Sighting
from service.reply.formatters import text_only
from tests.commands.fakes import NOW_S, FakePayments, FakeWallet
from tests.commands.kit import PROPOSED, World


class Tally:
    """Implements Meter."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        self.counts[name, label] += by

    def observe(self, name: str, value: float, label: str = "") -> None:
        raise AssertionError(f"nobody should observe {name} {label} {value}")


LONG_AGO = {"intended_at_s": NOW_S - 3_600, "sent_at_s": NOW_S - 3_600}
"""Facts of a payment whose first sending cannot be under way any more."""


def left_behind(**changes: Any) -> Payment:
    """A payment of Ann's that was sent three minutes ago, and whose end nobody heard; it is due."""
    facts: dict[str, Any] = {
        "state": PaymentState.UNKNOWN,
        "reason": "time-out",
        "confirmed_by": "wamid.Y",
        "reply_to": "18765550001",
        "revision": 3,
        "intended_at_s": NOW_S - 180,
        "sent_at_s": NOW_S - 180,
        "sends": 1,
        "repeat_until_s": NOW_S - 180 + REPEAT_WITHIN_S,
        "check_at_s": NOW_S,
    }
    return msgspec.structs.replace(PROPOSED, **(facts | changes))


def confirmed(**changes: Any) -> Payment:
    """A payment of which nothing was sent."""
    facts: dict[str, Any] = {
        "state": PaymentState.CONFIRMED,
        "reason": None,
        "revision": 1,
        "intended_at_s": None,
        "sent_at_s": 0.0,
        "sends": 0,
        "repeat_until_s": 0.0,
    }
    return left_behind(**(facts | changes))


class KeyedWallet(FakeWallet):
    """A Flash that keeps the first result of each payment, and whose books have what moved."""

    def __init__(self, journal: list[str]) -> None:
        super().__init__(journal)
        self.moved: Counter[str] = Counter()
        self.kept: dict[str, Outcome] = {}

    async def pay(self, account: Account, payment: Payment) -> Outcome:
        await super().pay(account, payment)
        if payment.id not in self.kept or not self.repeats:
            self.kept[payment.id] = self.outcome
            self.moved[payment.id] += isinstance(self.outcome, Settled)
        return self.kept[payment.id]

    async def find(self, account: Account, payment: Payment) -> Sighting:
        await super().find(account, payment)
        return Found("tx1") if self.moved[payment.id] else Absent()


class Bench:
    """Payments, a wallet and a reconciler over them; `journal` has what happened in its order.

    `wrap` is put around each port before the reconciler gets it.
    """

    def __init__(self, *payments: Payment, wallet: Callable[[list[str]], FakeWallet] = FakeWallet) -> None:
        self.world = World()
        self.journal = self.world.journal
        self.payments: FakePayments = self.world.payments
        self.wallet = wallet(self.journal)
        self.meter = Tally()
        self.delivered: list[OutboxItem] = []
        for payment in payments:
            self.payments.put(payment)

    def reconciler(self, wrap: Callable[[Any], Any] = lambda port: port) -> Reconciler:
        return Reconciler(
            payments=wrap(self.payments),
            wallet=wrap(self.wallet),
            account_of=wrap(self.world.sessions.find_account),
            forget=wrap(self.world._forget),
            word=text_only,
            in_turn=lambda _user: nullcontext(),
            hurry=wrap(self._hurry),
            announce=self.world._announce,
            clock=self.world,
            meter=self.meter,
        )

    def run(self, wrap: Callable[[Any], Any] = lambda port: port) -> None:
        """One round."""
        asyncio.run(self.reconciler(wrap).run())

    def begin(self) -> None:
        """The start of the process."""
        asyncio.run(self.reconciler().begin())

    def now(self, payment_id: str = "p1") -> Payment:
        """The payment as it is on record."""
        return self.payments.by_id[payment_id]

    @property
    def told(self) -> list[str]:
        """What users were told, or will be: the words of what entered the outbox."""
        return [str(getattr(item.message, "body", item.message)) for item in self.payments.notices]

    async def _hurry(self) -> None:
        """Sends what is in the outbox."""
        await asyncio.sleep(0)
        self.journal.append("deliver")
        self.delivered = list(self.payments.notices)
