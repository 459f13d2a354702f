"""yes, no and a new amount: every way in which a payment is or is not carried out."""

import msgspec
import pytest

from service.core.commands import CommandType
from service.core.payment_steps import CONFIRM_WITHIN_S
from service.core.payments import PAYING_COMMAND_MAX_AGE_S, Outcome, PaymentState, Target, proposal_id
from service.core.results import (
    LateCommand,
    Money,
    NoOpenPayment,
    PaymentProposed,
    PaymentStatus,
    Problem,
)
from tests.commands.fakes import ANN, NOW_S, invoice
from tests.commands.kit import MOVED, OUTCOMES, PROPOSED, World, status, world_with

YES, NO = CommandType.CONFIRM, CommandType.CANCEL
DECIDED = [PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN, PaymentState.WITHDRAWN]


@pytest.mark.parametrize(("outcome", "state", "reason"), OUTCOMES)
def test_yes_pays_and_tells_the_outcome(outcome: Outcome, state: PaymentState, reason: str | None) -> None:
    world = world_with()
    world.wallet.outcome = outcome
    result = status(world.ask(YES, message_id="wamid.Y"))
    assert result == PaymentStatus(world.latest, repeated=False)
    assert (result.payment.state, result.payment.reason) == (state, reason)
    assert (result.payment.confirmed_by, result.payment.intended_at_s) == ("wamid.Y", NOW_S)


@pytest.mark.parametrize(("outcome", "state", "reason"), OUTCOMES)
def test_each_step_is_on_record_before_the_next(outcome: Outcome, state: PaymentState, reason: str | None) -> None:
    world = world_with()
    world.wallet.outcome = outcome
    world.ask(YES)
    assert world.journal == [
        "move confirmed",
        "move intended",
        "pay acc_ann intended",
        f"move {state}",
        "forget balance transactions",
    ]
    assert world.forgotten == [("acc_ann", MOVED)]
    assert [account.id for account in world.renewed] == ["acc_ann"] * (state is PaymentState.SETTLED)


def test_the_wallet_gets_the_payment_as_it_was_proposed() -> None:
    world = world_with()
    world.ask(YES)
    [paid] = world.wallet.paid
    assert (paid.target, paid.amount_cents, paid.memo, paid.wallet_id) == (PROPOSED.target, 500, "lunch", "wallet_ann")


def test_a_second_yes_gets_the_state_and_pays_nothing() -> None:
    world = world_with()
    first = status(world.ask(YES))
    assert world.ask(YES) == PaymentStatus(first.payment, repeated=True)
    assert len(world.wallet.paid) == 1


@pytest.mark.parametrize("state", [*DECIDED, PaymentState.CONFIRMED, PaymentState.INTENDED])
@pytest.mark.parametrize("answer", [YES, NO])
def test_an_answer_to_what_was_decided_changes_nothing(state: PaymentState, answer: CommandType) -> None:
    world = world_with(state=state, confirmed_by="wamid.other")
    assert world.ask(answer) == PaymentStatus(world.latest, repeated=True)
    assert (world.latest.state, world.journal) == (state, [])


@pytest.mark.parametrize("answer", [YES, NO])
def test_without_a_payment_there_is_nothing_to_answer(answer: CommandType) -> None:
    world = World()
    assert world.ask(answer) == NoOpenPayment()
    assert world.ask(answer, {"payment": "gone"}) == NoOpenPayment()
    assert world.upstream_calls == 0


def test_a_late_yes_asks_again_and_leaves_the_proposal() -> None:
    world = world_with()
    assert world.ask(YES, sent_at_s=NOW_S - PAYING_COMMAND_MAX_AGE_S - 1) == LateCommand()
    assert (world.latest.state, world.journal) == (PaymentState.PROPOSED, [])


def test_a_yes_written_before_the_proposal_meant_another_one() -> None:
    world = world_with(asked_at_s=int(NOW_S))
    assert world.ask(YES, sent_at_s=NOW_S - 1) == LateCommand()
    assert world.ask(YES, {"amount": "7"}, sent_at_s=NOW_S - 1) == LateCommand()
    assert (world.latest.state, world.journal) == (PaymentState.PROPOSED, [])


def test_a_button_means_its_payment_whenever_it_was_tapped() -> None:
    world = world_with(asked_at_s=int(NOW_S))
    assert status(world.ask(YES, {"payment": "p1"}, sent_at_s=NOW_S - 1)).payment.state is PaymentState.SETTLED


@pytest.mark.parametrize("args", [{}, {"amount": "7"}])
def test_an_expired_proposal_is_withdrawn(args: dict[str, str]) -> None:
    world = world_with()
    world.now_s += CONFIRM_WITHIN_S + 1
    result = status(world.ask(YES, args))
    assert (result.payment.state, result.payment.reason) == (PaymentState.WITHDRAWN, "expired")
    assert world.upstream_calls == 0


@pytest.mark.parametrize("args", [{}, {"amount": "7"}])
def test_an_invoice_that_has_expired_is_not_tried(args: dict[str, str]) -> None:
    text = invoice(amount_msat=None, expiry_s=30)
    world = world_with(target=Target("open-invoice", "a Lightning invoice", text, "00" * 32))
    world.now_s += 30
    result = status(world.ask(YES, args))
    assert (result.payment.state, result.payment.reason) == (PaymentState.WITHDRAWN, "invoice-expired")
    assert world.upstream_calls == 0


def test_an_invoice_that_cannot_be_read_any_more_is_not_tried() -> None:
    world = world_with(target=Target("invoice", "a Lightning invoice", "lnbc1garbled", "00" * 32))
    assert status(world.ask(YES)).payment.state is PaymentState.WITHDRAWN


def test_a_live_invoice_is_paid() -> None:
    text = invoice(amount_msat=None, expiry_s=30)
    world = world_with(target=Target("open-invoice", "a Lightning invoice", text, "00" * 32))
    assert status(world.ask(YES)).payment.state is PaymentState.SETTLED


@pytest.mark.parametrize("args", [{}, {"payment": "p1"}])
def test_no_withdraws_and_never_pays(args: dict[str, str]) -> None:
    world = world_with()
    result = status(world.ask(NO, args))
    assert (result.payment.state, result.payment.reason) == (PaymentState.WITHDRAWN, "declined")
    assert world.journal == ["move withdrawn"]


def test_a_button_of_an_older_proposal_cannot_confirm_a_newer_one() -> None:
    world = world_with()
    old = world.latest
    world.ask(CommandType.SEND, {"amount": "6", "username": "bob"})
    assert status(world.ask(YES, {"payment": old.id})).payment.state is PaymentState.WITHDRAWN
    assert world.wallet.paid == []
    assert world.latest.state is PaymentState.PROPOSED


@pytest.mark.parametrize("answer", [YES, NO])
def test_a_button_of_another_user_is_worth_nothing(answer: CommandType) -> None:
    world = world_with()
    assert world.ask(answer, {"payment": "p1"}, user="bob") == NoOpenPayment()
    assert (world.latest.state, world.journal) == (PaymentState.PROPOSED, [])


@pytest.mark.parametrize("answer", [YES, NO])
def test_a_button_of_another_user_of_the_same_account_is_worth_nothing(answer: CommandType) -> None:
    world = world_with()
    world.sessions.by_user["bob"] = msgspec.structs.replace(ANN, user="bob")
    assert world.ask(answer, {"payment": "p1"}, user="bob") == NoOpenPayment()
    assert world.journal == []


@pytest.mark.parametrize("answer", [YES, NO])
def test_a_proposal_of_an_account_linked_before_is_worth_nothing(answer: CommandType) -> None:
    world = world_with()
    world.sessions.by_user["ann"] = msgspec.structs.replace(ANN, account_id="acc_other")
    assert world.ask(answer) == NoOpenPayment()
    assert world.journal == []


def test_a_new_amount_makes_a_new_proposal() -> None:
    world = world_with()
    result = world.ask(YES, {"amount": "7.50"}, message_id="wamid.N")
    assert isinstance(result, PaymentProposed)
    assert result.money == Money(750)
    assert (result.payment.id, result.payment.target, result.payment.memo) == (
        proposal_id("wamid.N"),
        PROPOSED.target,
        "lunch",
    )
    assert world.payments.by_id["p1"].state is PaymentState.WITHDRAWN
    assert world.wallet.paid == []


def test_a_new_amount_that_is_delivered_again_meets_its_own_proposal() -> None:
    world = world_with()
    first = world.ask(YES, {"amount": "7.50"}, message_id="wamid.N")
    assert world.ask(YES, {"amount": "7.50"}, message_id="wamid.N") == first
    assert world.latest.state is PaymentState.PROPOSED


def test_a_new_amount_is_checked_against_the_balance() -> None:
    world = world_with()
    result = world.ask(YES, {"amount": "51"})
    assert isinstance(result, Problem)
    assert result.rule == "insufficient-balance"
    assert world.latest.state is PaymentState.PROPOSED


def test_the_amount_of_an_invoice_cannot_be_changed() -> None:
    text = invoice(amount_msat=1_000_000)
    world = world_with(target=Target("invoice", "a Lightning invoice", text, "00" * 32))
    assert world.ask(YES, {"amount": "7"}) == Problem("invoice-amount-fixed")
    assert world.upstream_calls == 0


def test_a_late_amount_asks_again() -> None:
    world = world_with()
    assert world.ask(YES, {"amount": "7"}, sent_at_s=NOW_S - 601) == LateCommand()
    assert world.upstream_calls == 0


@pytest.mark.parametrize("state", DECIDED)
def test_an_amount_for_what_was_decided_changes_nothing(state: PaymentState) -> None:
    world = world_with(state=state)
    assert world.ask(YES, {"amount": "7"}) == PaymentStatus(world.latest, repeated=True)
    assert world.upstream_calls == 0


def test_a_wallet_that_breaks_leaves_the_outcome_unknown() -> None:
    world = world_with()
    world.wallet.raises["pay"] = RuntimeError("a bug")
    result = status(world.ask(YES))
    assert (result.payment.state, result.payment.reason) == (PaymentState.UNKNOWN, "RuntimeError")
    assert world.forgotten == [("acc_ann", MOVED)]
