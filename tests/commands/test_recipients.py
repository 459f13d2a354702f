"""What a settled payment means for whom it was paid to."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from service.commands.recipients import FREE_TEXT_S, Recipients
from service.core.commands import CommandType
from service.core.events import (
    Event,
    PaymentFailed,
    PaymentReceived,
    PaymentSent,
    UserLinked,
    UserUnlinked,
    UserVerified,
    events_of,
)
from service.core.messages import Entry, OutboxItem, Outgoing, Text
from service.core.payments import PaymentState, Rejected, Target, Unknown
from service.core.sessions import Heard
from service.observe.meter import MemoryMeter
from service.reply.formatters import interactive
from tests.commands.fakes import ANN, BOB, NOW_S, FakeSessions
from tests.commands.kit import MOVED, PROPOSED, World, world_with

RECEIVED = PaymentReceived(NOW_S, "p1", "wallet_bob", "wallet_ann", 500)


class FakeOutbox:
    """Implements Outbox: takes an item once."""

    def __init__(self) -> None:
        self.added: list[OutboxItem] = []

    async def add(self, item: OutboxItem) -> bool:
        if any(each.id == item.id for each in self.added):
            return False
        self.added.append(item)
        return True

    async def finish(self, entry: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        raise AssertionError("not a listener's business")

    async def sent(self, items: Sequence[OutboxItem]) -> None:
        raise AssertionError("not a listener's business")

    async def retry(self, item: OutboxItem) -> OutboxItem:
        raise AssertionError("not a listener's business")

    async def pending(self, limit: int) -> list[OutboxItem]:
        raise AssertionError("not a listener's business")


class Silent(FakeSessions):
    """Everybody has been silent for so long."""

    silent_s = 60.0

    async def find_by_wallet(self, wallet_id: str) -> Heard | None:
        found = await super().find_by_wallet(wallet_id)
        return Heard(found.session, self.silent_s) if found else None


class Desk:
    """Recipients over fakes; Ann and Bob have linked their wallets."""

    def __init__(self, *, ann: str = "wallet_ann", bob: str = "wallet_bob", silent_s: float = 60.0) -> None:
        self.world = World()
        self.sessions = Silent([], self.world.payments)
        self.sessions.silent_s = silent_s
        self.sessions.by_user = {
            "ann": msgspec.structs.replace(ANN, wallet_id=ann),
            "bob": msgspec.structs.replace(BOB, wallet_id=bob),
        }
        self.outbox = FakeOutbox()
        self.taken_up: list[OutboxItem] = []
        self.meter = MemoryMeter()
        self.recipients = Recipients(
            sessions=self.sessions,
            outbox=self.outbox,
            forget=self.world._forget,
            word=interactive,
            take_up=self.taken_up.extend,
            clock=self.world,
            meter=self.meter,
        )

    def tell(self, event: Event) -> dict[str, int]:
        asyncio.run(self.recipients.tell(event))
        return self.meter.by_label("recipient_notices")


def test_a_recipient_is_told_who_paid_how_much() -> None:
    desk = Desk()
    assert desk.tell(RECEIVED) == {"told": 1}
    name = "p1:received"
    [item] = desk.outbox.added
    assert item == OutboxItem(name, "18765550002", Text("You received *$5.00* from @ann."), name)
    assert desk.taken_up == [item]


def test_a_recipient_is_told_once_however_often_the_event_comes() -> None:
    desk = Desk()
    for _ in range(3):
        told = desk.tell(RECEIVED)
    assert told == {"told": 1, "known": 2}
    assert len(desk.outbox.added) == 1
    assert len(desk.taken_up) == 1


def test_a_payer_who_is_not_linked_any_more_has_no_name() -> None:
    desk = Desk(ann="another wallet")
    desk.tell(RECEIVED)
    assert [item.message for item in desk.outbox.added] == [Text("You received *$5.00*.")]


@pytest.mark.parametrize(
    ("desk", "event", "why"),
    [
        (Desk(bob="another wallet"), RECEIVED, "not_linked"),
        (Desk(silent_s=FREE_TEXT_S + 1), RECEIVED, "silent"),
        (Desk(), msgspec.structs.replace(RECEIVED, at_s=NOW_S - FREE_TEXT_S - 1), "late"),
    ],
)
def test_who_cannot_be_told_is_not_and_that_is_counted(desk: Desk, event: Event, why: str) -> None:
    assert desk.tell(event) == {why: 1}
    assert desk.outbox.added == []


def test_the_recipients_next_look_is_at_new_figures() -> None:
    desk = Desk()
    asyncio.run(desk.recipients.forget_figures(RECEIVED))
    assert desk.world.forgotten == [("acc_bob", MOVED)]


def test_nobodys_figures_are_forgotten_for_a_stranger() -> None:
    desk = Desk(bob="another wallet")
    asyncio.run(desk.recipients.forget_figures(RECEIVED))
    assert desk.world.forgotten == []


def confirmed(world: World) -> list[Event]:
    world.ask(CommandType.CONFIRM)
    return world.announced


def test_a_settled_payment_is_told_after_the_payers_own_figures_are_forgotten() -> None:
    world = world_with()
    assert [type(event) for event in confirmed(world)] == [PaymentSent, PaymentReceived]
    assert world.forgotten == [("acc_ann", MOVED)]


def test_a_payment_to_an_invoice_has_no_recipient_that_we_know() -> None:
    settled = msgspec.structs.replace(PROPOSED, state=PaymentState.SETTLED, target=Target("invoice", "it", "lnbc1"))
    assert events_of(settled) == (PaymentSent(0.0, "p1", "ann"),)


def test_a_refused_payment_is_a_failed_one_and_an_undecided_one_is_nothing_yet() -> None:
    refused, undecided = world_with(), world_with()
    refused.wallet.outcome, undecided.wallet.outcome = Rejected("CANT_PAY_SELF"), Unknown("time-out")
    [failed] = confirmed(refused)
    assert isinstance(failed, PaymentFailed)
    assert failed.reason == "CANT_PAY_SELF"
    assert confirmed(undecided) == []


def test_a_yes_that_was_interrupted_after_the_outcome_tells_it_again() -> None:
    world = world_with(state=PaymentState.SETTLED, confirmed_by="wamid.7", revision=3)
    world.ask(CommandType.CONFIRM, message_id="wamid.7")
    assert [type(event) for event in world.announced] == [PaymentSent, PaymentReceived]


def test_linking_and_unlinking_are_told() -> None:
    world = World()
    world.ask(CommandType.UNLINK, {"confirm": "yes"})
    world.ask(CommandType.LINK)
    world.ask(CommandType.VERIFY, {"otp": "123456"})
    assert [type(event) for event in world.announced] == [UserUnlinked, UserVerified, UserLinked]
