"""Payments from the yes to the truth: the reconciler, the client and the simulated Flash, through days of its time."""

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import product
from typing import Any

import msgspec
import pytest

from service.commands.reconciler import RECONCILE_EVERY_S, Reconciler
from service.core.events import Event
from service.core.freshness import Namespace
from service.core.messages import OutboxItem
from service.core.payment_steps import conclude, confirm, intend
from service.core.payments import Payment, PaymentState, Target
from service.core.queries import Account
from service.reply.formatters import text_only
from service.sandbox.behaviour import Behaviour, Fate
from tests.commands.fakes import FakePayments
from tests.gateway.fakes import Tally
from tests.gateway.house import House, within

SETTLED, REJECTED, NEEDS_HUMAN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.NEEDS_HUMAN
BOB_HAS = 4_200


class Office:
    """A house with a record of payments and a reconciler."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.payments = FakePayments([])
        self.delivered: list[OutboxItem] = []
        self.announced: list[Event] = []
        self.alice = house.account("alice")
        self.reconciler = Reconciler(
            payments=self.payments,
            wallet=house.wallet,
            account_of=self._account_of,
            forget=self._forget,
            word=text_only,
            in_turn=lambda _user: nullcontext(),
            hurry=self._hurry,
            announce=self._announce,
            clock=house.clock,
            meter=Tally(),
        )

    async def _announce(self, events: Sequence[Event]) -> None:
        self.announced += events

    async def pay(self, payment: Payment) -> Payment:
        """As the command does it."""
        now_s = self.house.clock.now
        confirmed = confirm(payment, by="wamid.Y", reply_to="18765550101", now_s=now_s())
        intended = intend(confirmed, now_s=now_s(), can_repeat=self.house.wallet.can_repeat(confirmed))
        outcome = await self.house.wallet.pay(self.alice, intended)
        return self.payments.put(conclude(intended, outcome, now_s()))

    async def reconcile(self, payment_id: str = "p1") -> Payment:
        """Rounds until nothing is left to be found out, which takes a day at most and the audits."""
        end_s = self.house.clock.now() + 30 * 3_600
        while (payment := self.payments.by_id[payment_id]).check_at_s is not None:
            assert self.house.clock.now() < end_s
            await self.house.clock.sleep(max(payment.check_at_s - self.house.clock.now(), RECONCILE_EVERY_S))
            await self.reconciler.run()
        return payment

    @property
    def said(self) -> list[str]:
        return [str(getattr(item.message, "body", "")) for item in self.delivered]

    async def _account_of(self, account_id: str) -> Account | None:
        return self.alice if account_id == self.alice.id else None

    async def _forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        assert account_id == self.alice.id

    async def _hurry(self) -> None:
        self.delivered = list(self.payments.notices)


async def ordered(house: House, kind: Any) -> Payment:
    """Alice is about to pay Bob five dollars."""
    if kind == "wallet":
        return house.to_bob()
    amount = 500 if kind == "invoice" else None
    made = await house.wallet.create_invoice(house.account("bob"), house.usd_wallet("bob"), amount, "tea")
    return house.payment(Target(kind, "lnbc1", made.payment_request, made.payment_hash))


def live(kind: str, *fates: Fate) -> None:
    """The payment's calls at Flash end like this, one after the other; then all is well with Flash."""

    async def act(house: House) -> None:
        office = Office(house)
        first = await office.pay(await ordered(house, kind))
        last = await office.reconcile()
        moved = house.cents("bob") - BOB_HAS
        assert moved in {0, 500}
        assert last.state in {SETTLED, REJECTED, NEEDS_HUMAN}
        if last.state is SETTLED:
            assert (moved == 500) is (last.alarm is None)  # Flash's word alone may be a lie, which is noticed
        if last.state is REJECTED:
            assert moved == 0
        if first.state is PaymentState.UNKNOWN:
            [said] = office.said
            assert ("Paid:" in said, "*not paid*" in said) == (last.state is SETTLED, last.state is REJECTED)

    within(act, behaviour=Behaviour(script=fates))


@pytest.mark.parametrize("kind", ["wallet", "invoice", "open-invoice"])
@pytest.mark.parametrize("fate", list(Fate))
def test_whatever_flash_did_with_a_payment_its_end_is_the_truth(fate: Fate, kind: str) -> None:
    live(kind, fate)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
@pytest.mark.parametrize(("first", "second"), list(product(Fate, Fate)))
def test_whatever_flash_did_with_both_sendings_the_end_is_the_truth(first: Fate, second: Fate) -> None:
    live("wallet", first, second)


ENDS: list[tuple[str, Fate, PaymentState]] = [
    ("wallet", Fate.TIMEOUT_BEFORE, SETTLED),  # sent again
    ("wallet", Fate.ERROR_BEFORE, SETTLED),
    ("wallet", Fate.CONFLICT, SETTLED),
    ("wallet", Fate.REFUSED, NEEDS_HUMAN),  # an answer may hide that it was made
    ("wallet", Fate.FALSE_REFUSAL, SETTLED),  # found, and never sent again
    ("invoice", Fate.REFUSED, SETTLED),  # can be paid once
    ("wallet", Fate.TIMEOUT_AFTER, SETTLED),  # found
    ("wallet", Fate.FALSE_FAILURE, SETTLED),
    ("open-invoice", Fate.TIMEOUT_AFTER, SETTLED),
    ("wallet", Fate.FAILURE, REJECTED),
    ("wallet", Fate.PENDING, SETTLED),
    ("wallet", Fate.PENDING_FOREVER, NEEDS_HUMAN),
    ("open-invoice", Fate.ERROR_BEFORE, NEEDS_HUMAN),  # has no key, so it cannot be sent again
]


@pytest.mark.parametrize(("kind", "fate", "end"), ENDS)
def test_what_can_be_found_out_is(kind: str, fate: Fate, end: PaymentState) -> None:
    async def act(house: House) -> None:
        office = Office(house)
        await office.pay(await ordered(house, kind))
        assert (await office.reconcile()).state is end

    within(act, behaviour=Behaviour(script=(fate,)))


def test_a_success_that_was_a_lie_raises_an_alarm() -> None:
    async def act(house: House) -> None:
        office = Office(house)
        await office.pay(house.to_bob())
        last = await office.reconcile()
        assert (last.state, last.alarm, last.is_for_human) == (SETTLED, "no trace of it in Flash's books", True)
        assert office.said == []

    within(act, behaviour=Behaviour(script=(Fate.FALSE_SUCCESS,)))


def test_two_payments_alike_of_which_one_is_lost_are_told_apart() -> None:
    async def act(house: House) -> None:
        office = Office(house)
        await office.pay(house.to_bob())
        await office.pay(msgspec.structs.replace(house.to_bob(), id="p2"))
        assert (await office.reconcile("p2")).state is SETTLED
        assert house.cents("bob") == BOB_HAS + 1_000

    within(act, behaviour=Behaviour(script=(Fate.SUCCESS, Fate.ERROR_BEFORE)))
