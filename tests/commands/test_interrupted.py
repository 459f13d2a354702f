"""Payments that are interrupted, delivered again, or raced for: each prefix of the way leaves a true record."""

from typing import Any

import msgspec
import pytest

from service.core.commands import CommandType
from service.core.payment_steps import advance
from service.core.payments import Outcome, Payment, PaymentState, Target
from service.core.results import PaymentProposed, PaymentStatus
from tests.commands.fakes import NOW_S, invoice
from tests.commands.fuse import Fuse, Killed
from tests.commands.kit import MOVED, OUTCOMES, PROPOSED, World, status, world_with

YES, NO = CommandType.CONFIRM, CommandType.CANCEL


def somebody_is_faster(world: World, at: PaymentState, **changes: Any) -> None:
    """Just before the move to `at`, another process changes the payment."""

    def interfere(before: Payment, after: Payment) -> None:
        if after.state is at:
            world.payments.before_move = None
            world.payments.put(msgspec.structs.replace(before, revision=before.revision + 1, **changes))

    world.payments.before_move = interfere


def test_of_two_processes_with_a_yes_each_one_pays() -> None:
    world = world_with()
    somebody_is_faster(world, PaymentState.CONFIRMED, state=PaymentState.CONFIRMED, confirmed_by="wamid.other")
    result = status(world.ask(YES))
    assert (result.payment.state, result.repeated) == (PaymentState.CONFIRMED, True)
    assert world.wallet.paid == []


def test_of_two_deliveries_of_one_yes_one_pays() -> None:
    world = world_with()
    somebody_is_faster(world, PaymentState.INTENDED, state=PaymentState.INTENDED)
    assert status(world.ask(YES)).payment.state is PaymentState.INTENDED
    assert world.wallet.paid == []


def test_an_outcome_is_kept_when_another_delivery_gave_up_on_it() -> None:
    world = world_with()
    somebody_is_faster(world, PaymentState.SETTLED, state=PaymentState.UNKNOWN, reason="interrupted")
    assert status(world.ask(YES)).payment.state is PaymentState.SETTLED
    assert world.latest.state is PaymentState.SETTLED


def test_a_payment_that_went_on_cannot_be_cancelled() -> None:
    world = world_with()
    somebody_is_faster(world, PaymentState.WITHDRAWN, state=PaymentState.CONFIRMED, confirmed_by="wamid.other")
    result = status(world.ask(NO))
    assert (result.payment.state, result.repeated) == (PaymentState.CONFIRMED, True)


def test_a_yes_that_was_interrupted_before_its_intent_goes_on() -> None:
    world = world_with(state=PaymentState.CONFIRMED, confirmed_by="wamid.Y")
    result = status(world.ask(YES, message_id="wamid.Y"))
    assert (result.payment.state, result.repeated) == (PaymentState.SETTLED, False)


def test_a_yes_that_was_interrupted_after_its_intent_is_not_sent_again() -> None:
    world = world_with(state=PaymentState.INTENDED, confirmed_by="wamid.Y", intended_at_s=NOW_S)
    result = status(world.ask(YES, message_id="wamid.Y"))
    assert (result.payment.state, result.payment.reason) == (PaymentState.UNKNOWN, "interrupted")
    assert (result.repeated, world.wallet.paid, world.forgotten) == (False, [], [("acc_ann", MOVED)])


def test_a_yes_that_was_interrupted_for_long_does_not_pay_behind_the_users_back() -> None:
    world = world_with(state=PaymentState.CONFIRMED, confirmed_by="wamid.Y")
    result = status(world.ask(YES, message_id="wamid.Y", sent_at_s=NOW_S - 601))
    assert (result.payment.state, result.payment.reason) == (PaymentState.WITHDRAWN, "expired")
    assert world.wallet.paid == []


def test_a_yes_whose_invoice_expired_during_the_interruption_is_withdrawn() -> None:
    target = Target("invoice", "a Lightning invoice", invoice(amount_msat=1_000, expiry_s=0), "00" * 32)
    world = world_with(state=PaymentState.CONFIRMED, confirmed_by="wamid.Y", target=target)
    result = status(world.ask(YES, message_id="wamid.Y"))
    assert (result.payment.state, result.payment.reason) == (PaymentState.WITHDRAWN, "invoice-expired")


@pytest.mark.parametrize("state", [PaymentState.SETTLED, PaymentState.UNKNOWN, PaymentState.REJECTED])
def test_a_yes_that_was_interrupted_at_the_end_forgets_old_figures_before_it_replies(state: PaymentState) -> None:
    world = world_with(state=state, confirmed_by="wamid.Y")
    assert world.ask(YES, message_id="wamid.Y") == PaymentStatus(world.latest, repeated=False)
    assert world.forgotten == [("acc_ann", MOVED)]


TOUCHES = 10  # five calls: confirm, intend, pay, record, forget


@pytest.mark.parametrize("kill_at", range(1, TOUCHES + 2))
@pytest.mark.parametrize(("outcome", "state"), [(outcome, state) for outcome, state, _ in OUTCOMES])
def test_a_kill_at_any_point_and_a_second_delivery_never_pay_twice_and_never_lie(
    kill_at: int, outcome: Outcome, state: PaymentState
) -> None:
    fuse = Fuse(kill_at)
    world = world_with(fuse.around)
    world.wallet.outcome = outcome
    if kill_at <= TOUCHES:
        with pytest.raises(Killed):
            world.ask(YES, message_id="wamid.Y")
    result = status(world.ask(YES, message_id="wamid.Y"))
    assert result == PaymentStatus(world.latest, repeated=False)
    assert len(world.wallet.paid) <= 1
    assert result.payment.state in {state, PaymentState.UNKNOWN}
    assert result.payment.state is PaymentState.UNKNOWN or len(world.wallet.paid) == 1
    assert world.forgotten


@pytest.mark.parametrize("kill_at", range(1, 9))  # profile, balance, recipient, propose
def test_a_kill_while_proposing_and_a_second_delivery_make_one_proposal(kill_at: int) -> None:
    fuse = Fuse(kill_at)
    world = World(fuse.around)
    send = {"amount": "5", "username": "bob"}
    with pytest.raises(Killed):
        world.ask(CommandType.SEND, send, message_id="wamid.S")
    result = world.ask(CommandType.SEND, send, message_id="wamid.S")
    assert isinstance(result, PaymentProposed)
    assert list(world.payments.by_id.values()) == [result.payment]


def test_the_last_kill_of_the_sweep_was_after_the_last_call() -> None:
    fuse = Fuse(TOUCHES + 1)
    world_with(fuse.around).ask(YES)
    assert fuse.left == 1


def test_a_withdrawn_payment_is_a_legal_end_of_a_confirmed_one() -> None:
    confirmed = advance(PROPOSED, PaymentState.CONFIRMED, confirmed_by="m")
    assert advance(confirmed, PaymentState.WITHDRAWN, reason="expired").state is PaymentState.WITHDRAWN
