"""The Payments port on the store: what is watched, and word of an outcome that enters the outbox with it."""

import asyncio
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from service.core.errors import StoreUnavailable
from service.core.messages import OutboxItem, Text
from service.core.payment_steps import advance, conclude, confirm, intend, resolve, withdraw
from service.core.payments import Payment, PaymentState, Rejected, Settled, Unknown
from service.store.commands import Run
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage, proposal

NOW_S = 1_700_000_100.0
ONE = proposal(1)
CONFIRMED = confirm(ONE, by="wamid.Y", reply_to="18765550101", now_s=NOW_S)
INTENDED = intend(CONFIRMED, now_s=NOW_S, can_repeat=True)
UNKNOWN = conclude(INTENDED, Unknown("time-out"), NOW_S)
SETTLED = conclude(UNKNOWN, Settled(), NOW_S + 20)
HUMAN = advance(UNKNOWN, PaymentState.NEEDS_HUMAN, checked_at_s=NOW_S + 30, check_at_s=None)
NOTICE = OutboxItem(f"{ONE.id}:4", "18765550101", Text("Paid: $5.00 to @bob."), "wamid.Y")


def make(run: Run, seed: int = 1) -> RedisPayments:
    return RedisPayments(run, FakeDice(seed), FakeMeter())


async def walk(run: Run, *steps: Payment) -> None:
    """A payment through these steps, the first of which proposes it."""
    payments = make(run)
    await payments.propose(steps[0])
    for before, after in pairwise(steps):
        assert (await payments.move(before, after))[1]


async def watched(run: Run) -> list[str]:
    return [payment.state for payment in await make(run).undecided(10)]


async def outbox(run: Run) -> list[OutboxItem]:
    return await RedisOutbox(run, FakeDice(), FakeMeter()).pending(10)


def test_what_is_not_decided_is_watched_from_the_yes_to_its_end(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        payments = make(run)
        await payments.propose(ONE)
        assert await watched(run) == []
        for before, after in ((ONE, CONFIRMED), (CONFIRMED, INTENDED), (INTENDED, UNKNOWN), (UNKNOWN, SETTLED)):
            await payments.move(before, after)
            assert await payments.undecided(10) == [after]
        await payments.move(SETTLED, audited := advance_note(SETTLED, check_at_s=None))
        assert await watched(run) == []
        assert await payments.get(ONE.id) == audited

    stage.play(scenario)


def advance_note(payment: Payment, **changes: Any) -> Payment:
    return msgspec.structs.replace(payment, revision=payment.revision + 1, **changes)


@pytest.mark.parametrize("end", [conclude(INTENDED, Rejected("NOT_FOUND"), NOW_S), withdraw(CONFIRMED, "expired")])
def test_what_has_ended_is_watched_by_nobody(stage: Stage, end: Payment) -> None:
    async def scenario(run: Run) -> None:
        steps = [ONE, CONFIRMED, INTENDED, end] if end.state is PaymentState.REJECTED else [ONE, CONFIRMED, end]
        await walk(run, *steps)
        assert await watched(run) == []
        assert await run([("EXISTS", "payments:due", "payments:human")]) == [0]

    stage.play(scenario)


def at(number: int, check_at_s: float) -> tuple[Payment, Payment]:
    """The proposal of this number, and the same when it is confirmed and due then."""
    confirmed = confirm(proposal(number), by="wamid.Y", reply_to="1", now_s=NOW_S)
    return proposal(number), msgspec.structs.replace(confirmed, check_at_s=check_at_s)


def test_those_whose_time_has_come_are_due_the_longest_waiting_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        for number, after_s in ((1, -5.0), (2, 0.0), (3, 0.5), (4, -60.0)):
            await walk(run, *at(number, NOW_S + after_s))
        ids = [payment.id for payment in await make(run).due(NOW_S, 10)]
        assert ids == [proposal(number).id for number in (4, 1, 2)]
        assert [payment.id for payment in await make(run).due(NOW_S, 2)] == ids[:2]
        assert [payment.id for payment in await make(run).undecided(2)] == ids[:2]

    stage.play(scenario)


@pytest.mark.parametrize(("ahead_s", "due"), [(7_199.0, False), (7_201.0, True), (1e7, True)])
def test_a_time_too_far_ahead_was_set_by_a_wrong_clock_and_is_due_now(
    stage: Stage, *, ahead_s: float, due: bool
) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, *at(1, NOW_S + ahead_s))
        assert bool(await make(run).due(NOW_S, 10)) is due

    stage.play(scenario)


def test_nothing_is_due_in_an_empty_store(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        for found in (make(run).due(NOW_S, 10), make(run).undecided(10), make(run).for_human(10)):
            assert await found == []

    stage.play(scenario)


def test_one_that_cannot_be_read_is_counted_and_hides_no_other(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        meter = FakeMeter()
        payments = RedisPayments(run, FakeDice(), meter)
        for number in (1, 2, 3):
            await walk(run, *at(number, NOW_S - 10 + number))
        await run([("HSET", f"payment:{proposal(1).id}", "body", b"{broken")])
        await run([("DEL", f"payment:{proposal(2).id}")])
        assert [each.id for each in await payments.due(NOW_S, 10)] == [proposal(3).id]
        assert meter.counts["store_unreadable", "payment"] == 1

    stage.play(scenario)


def test_what_a_person_has_to_look_at_is_listed_until_it_is_resolved(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN, HUMAN)
        assert await make(run).for_human(10) == [HUMAN]
        assert await watched(run) == []
        resolved = resolve(HUMAN, PaymentState.SETTLED, by="kim", now_s=NOW_S + 60)
        assert await make(run, 2).move(HUMAN, resolved) == (resolved, True)
        assert await make(run).for_human(10) == []
        assert await make(run).get(ONE.id) == resolved

    stage.play(scenario)


def test_an_alarm_is_for_a_person_too_and_the_oldest_comes_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        alarmed = advance_note(SETTLED, check_at_s=None, alarm="no trace")
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN, SETTLED, alarmed)
        older = [
            msgspec.structs.replace(each, id=proposal(2).id, intended_at_s=each.intended_at_s and NOW_S - 5)
            for each in (ONE, CONFIRMED, INTENDED, UNKNOWN, HUMAN)
        ]
        await walk(run, *older)
        assert await make(run).for_human(10) == [older[-1], alarmed]

    stage.play(scenario)


@pytest.mark.parametrize("losses", [0, 1])
def test_word_of_an_outcome_enters_the_outbox_with_the_outcome(stage: Stage, losses: int) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN)
        assert await make(Losing(run, losses), 9).move(UNKNOWN, SETTLED, NOTICE) == (SETTLED, True)
        assert await outbox(run) == [NOTICE]

    stage.play(scenario)


def test_word_of_an_outcome_is_there_although_nobody_heard_so(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN)
        with pytest.raises(StoreUnavailable):
            await make(Losing(run, 2), 9).move(UNKNOWN, SETTLED, NOTICE)
        assert await outbox(run) == [NOTICE]
        assert await make(run, 10).move(UNKNOWN, SETTLED, NOTICE) == (SETTLED, False)
        assert await outbox(run) == [NOTICE]

    stage.play(scenario)


def test_word_that_was_sent_does_not_come_back_with_a_repeated_move(stage: Stage) -> None:
    """The reply to the move is lost, another process sends the word, and then the move is repeated."""

    async def scenario(run: Run) -> None:
        class Slow(Losing):
            async def __call__(self, commands: Any) -> list[Any]:
                try:
                    return await super().__call__(commands)
                except StoreUnavailable:
                    await RedisOutbox(run, FakeDice(), FakeMeter()).sent(await outbox(run))
                    raise

        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN)
        assert await make(Slow(run, 1), 9).move(UNKNOWN, SETTLED, NOTICE) == (SETTLED, True)
        assert await outbox(run) == []
        assert await run([("EXISTS", "outbox", "outbox:order")]) == [0]

    stage.play(scenario)


def test_who_comes_second_leaves_no_word(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN, HUMAN)
        assert await make(run, 9).move(UNKNOWN, SETTLED, NOTICE) == (HUMAN, False)
        assert await outbox(run) == []
        assert await make(run).for_human(10) == [HUMAN]

    stage.play(scenario)


def test_of_many_who_decide_at_once_one_leaves_word(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await walk(run, ONE, CONFIRMED, INTENDED, UNKNOWN)
        notices = [msgspec.structs.replace(NOTICE, message=Text(f"by {seed}")) for seed in range(20)]
        moves = (make(run, 10 + seed).move(UNKNOWN, SETTLED, notice) for seed, notice in enumerate(notices))
        assert sum(mine for _, mine in await asyncio.gather(*moves)) == 1
        assert len(await outbox(run)) == 1

    stage.play(scenario)


def test_word_waits_its_turn_by_the_servers_clock(stage: Stage) -> None:
    """Like the answers to messages, which are in the order of the inbox; our clock may be wrong."""

    async def scenario(run: Run) -> None:
        for number, at_s in ((1, 30.0), (2, 10.0), (3, 20.0)):
            before, confirmed = at(number, NOW_S)
            after = msgspec.structs.replace(withdraw(confirmed, "interrupted"), checked_at_s=NOW_S + at_s)
            await walk(run, before, confirmed)
            await make(run, 50 + number).move(confirmed, after, msgspec.structs.replace(NOTICE, id=str(number)))
        [scores] = await run([("ZRANGE", "outbox:order", 0, -1, "WITHSCORES")])
        assert scores[::2] == [b"1", b"2", b"3"]
        [[seconds, _]] = await run([("TIME",)])
        assert all(abs(int(seconds) - float(score) / 1_000) < 60 for score in scores[1::2])

    stage.play(scenario)
