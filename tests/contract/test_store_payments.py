"""The Payments port on the store."""

import asyncio

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.core.payment_steps import advance
from service.core.payments import Payment, PaymentState
from service.store.commands import Run
from service.store.payments import PROPOSED_S, RedisPayments
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage, proposal

ONE = proposal(1)
CONFIRMED = advance(ONE, PaymentState.CONFIRMED, confirmed_by="wamid.2")
INTENDED = advance(CONFIRMED, PaymentState.INTENDED, intended_at_s=1_700_000_010.0)
UNKNOWN = advance(INTENDED, PaymentState.UNKNOWN, reason="time-out")


def make(run: Run, seed: int = 1) -> RedisPayments:
    return RedisPayments(run, FakeDice(seed), FakeMeter())


async def life_s(run: Run, payment: Payment) -> int:
    [seconds] = await run([("TTL", f"payment:{payment.id}")])
    return int(seconds)


def test_a_proposal_is_kept_and_becomes_the_users_latest(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).propose(ONE) == ONE
        assert await make(run).get(ONE.id) == ONE
        assert await run([("GET", "open:u1")]) == [ONE.id.encode()]

    stage.play(scenario)


def test_an_unknown_payment_is_none(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).get(ONE.id) is None

    stage.play(scenario)


def test_proposing_again_gives_what_became_of_it(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        await payments.move(ONE, CONFIRMED)
        await payments.propose(proposal(2))
        assert await payments.propose(ONE) == CONFIRMED
        assert await run([("GET", "open:u1")]) == [proposal(2).id.encode()]

    stage.play(scenario)


def test_a_new_proposal_withdraws_the_one_it_replaces(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        await payments.propose(proposal(2), ONE)
        assert await payments.get(ONE.id) == advance(ONE, PaymentState.WITHDRAWN)
        assert await payments.move(ONE, CONFIRMED) == (advance(ONE, PaymentState.WITHDRAWN), False)

    stage.play(scenario)


def test_a_new_proposal_leaves_alone_what_was_confirmed_meanwhile(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        await payments.move(ONE, CONFIRMED)
        await payments.propose(proposal(2), ONE)
        assert await payments.get(ONE.id) == CONFIRMED

    stage.play(scenario)


@pytest.mark.parametrize("losses", [1, 2])
def test_a_proposal_survives_lost_replies(stage: Stage, losses: int) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        losing = make(Losing(run, losses))
        if losses > 1:
            with pytest.raises(StoreUnavailable):
                await losing.propose(proposal(2), ONE)
        assert await losing.propose(proposal(2), ONE) == proposal(2)
        assert await make(run).get(ONE.id) == advance(ONE, PaymentState.WITHDRAWN)

    stage.play(scenario)


def test_a_move_stores_the_next_state(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        assert await payments.move(ONE, CONFIRMED) == (CONFIRMED, True)
        assert await payments.get(ONE.id) == CONFIRMED

    stage.play(scenario)


def test_a_second_confirmation_gets_the_state_and_not_a_second_payment(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        await payments.move(ONE, CONFIRMED)
        again = advance(ONE, PaymentState.CONFIRMED, confirmed_by="wamid.3")
        assert await payments.move(ONE, again) == (CONFIRMED, False)

    stage.play(scenario)


def test_of_fifty_confirmations_at_once_one_is_taken(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        taken = await asyncio.gather(*(make(run, seed).move(ONE, CONFIRMED) for seed in range(50)))
        assert sum(mine for _, mine in taken) == 1

    stage.play(scenario)


def test_a_move_whose_reply_is_lost_is_recognised_as_ours(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        assert await make(Losing(run, 1)).move(ONE, CONFIRMED) == (CONFIRMED, True)

    stage.play(scenario)


def test_a_move_whose_replies_are_all_lost_is_nobodys_second_payment(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        with pytest.raises(StoreUnavailable):
            await make(Losing(run, 2)).move(ONE, CONFIRMED)
        assert await make(run, 2).move(ONE, CONFIRMED) == (CONFIRMED, False)

    stage.play(scenario)


def test_fifty_confirmations_with_lost_replies_take_one(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        moves = (make(Losing(run, seed % 2), seed).move(ONE, CONFIRMED) for seed in range(50))
        assert sum(mine for _, mine in await asyncio.gather(*moves)) == 1

    stage.play(scenario)


def test_a_proposal_expires_and_what_guards_money_never_does(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        assert 0 < await life_s(run, ONE) <= PROPOSED_S
        for before, after in [(ONE, CONFIRMED), (CONFIRMED, INTENDED)]:
            await payments.move(before, after)
            assert await life_s(run, ONE) == -1

    stage.play(scenario)


async def pointer_life_s(run: Run) -> int:
    [seconds] = await run([("TTL", "open:u1")])
    return int(seconds)


def test_an_undecided_payment_is_found_from_its_user_however_late(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        assert 0 < await pointer_life_s(run) <= PROPOSED_S
        for before, after in ((ONE, CONFIRMED), (CONFIRMED, INTENDED), (INTENDED, UNKNOWN)):
            await payments.move(before, after)
            assert await pointer_life_s(run) == -1

    stage.play(scenario)


@pytest.mark.parametrize("state", [PaymentState.SETTLED, PaymentState.REJECTED])
def test_a_decided_payment_is_the_latest_for_a_day(stage: Stage, state: PaymentState) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        for before, after in ((ONE, CONFIRMED), (CONFIRMED, INTENDED), (INTENDED, advance(INTENDED, state))):
            await payments.move(before, after)
        assert 0 < await pointer_life_s(run) <= PROPOSED_S
        assert await life_s(run, ONE) == -1

    stage.play(scenario)


def test_what_becomes_of_an_older_payment_leaves_the_latest_alone(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        await payments.propose(proposal(2))
        await payments.move(ONE, CONFIRMED)
        assert await run([("GET", "open:u1")]) == [proposal(2).id.encode()]
        assert 0 < await pointer_life_s(run) <= PROPOSED_S

    stage.play(scenario)


def test_a_withdrawn_proposal_expires_too(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).propose(ONE)
        await make(run).move(ONE, advance(ONE, PaymentState.WITHDRAWN))
        assert 0 < await life_s(run, ONE) <= PROPOSED_S

    stage.play(scenario)


def test_a_proposal_that_has_expired_counts_as_withdrawn(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).move(ONE, CONFIRMED) == (advance(ONE, PaymentState.WITHDRAWN), False)
        assert await make(run).get(ONE.id) is None

    stage.play(scenario)


def test_a_payment_that_guards_money_and_is_gone_is_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(StoreError, match="is gone"):
            await make(run).move(CONFIRMED, INTENDED)

    stage.play(scenario)


def test_a_move_between_two_payments_is_refused(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(ValueError, match="two payments"):
            await make(run).move(ONE, advance(proposal(2), PaymentState.CONFIRMED))

    stage.play(scenario)


def test_a_payment_that_cannot_be_read_is_an_error(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("HSET", f"payment:{ONE.id}", "state", "confirmed", "body", b"{broken")])
        with pytest.raises(StoreError, match="cannot be read"):
            await make(run).get(ONE.id)

    stage.play(scenario)
