"""The Inbox port on the store."""

import asyncio
from collections.abc import Sequence

import pytest

from service.core.admission import Limits
from service.core.errors import StoreUnavailable
from service.core.messages import Accepted, Entry
from service.flow.queue import Queue
from service.store.commands import Run
from service.store.inbox import CLAIM_S, RedisInbox
from service.wiring.queueing import QueueInbox
from tests.store.kit import FakeClock, FakeDice, FakeMeter, Losing, Stage, incoming


def make(run: Run, seed: int = 1) -> RedisInbox:
    return RedisInbox(run, FakeDice(seed), FakeMeter())


def entries(accepted: Sequence[Accepted]) -> list[str | None]:
    return [each.entry for each in accepted]


def test_a_new_message_becomes_an_entry_with_its_user(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [accepted] = await make(run).accept([incoming()])
        assert await make(run).pending(10) == [Entry(str(accepted.entry), accepted.user, incoming())]

    stage.play(scenario)


def test_no_messages_cost_no_round_trip(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(Losing(run, 1)).accept([]) == []

    stage.play(scenario)


def test_a_second_delivery_is_a_duplicate_of_the_same_user(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [first] = await make(run).accept([incoming()])
        [second] = await make(run, 2).accept([incoming()])
        assert (second.entry, second.user) == (None, first.user)
        assert len(await make(run).pending(10)) == 1

    stage.play(scenario)


def test_the_same_message_twice_in_a_batch_is_accepted_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        first, second = await make(run).accept([incoming(), incoming()])
        assert first.entry is not None
        assert second.entry is None

    stage.play(scenario)


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_batch_keeps_its_order(stage: Stage, repeats: int) -> None:
    async def scenario(run: Run) -> None:
        messages = [incoming(number) for number in range(20 * repeats)]
        accepted = await make(run).accept(messages)
        assert [each.message for each in accepted] == messages
        assert [each.id for each in await make(run).pending(100)] == entries(accepted)

    stage.play(scenario)


def test_a_lost_reply_gives_the_entry_all_the_same(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [accepted] = await make(Losing(run, 1)).accept([incoming()])
        assert [each.id for each in await make(run).pending(10)] == [accepted.entry]

    stage.play(scenario)


def test_two_lost_replies_are_not_acknowledged_and_lose_nothing(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(StoreUnavailable):
            await make(Losing(run, 2)).accept([incoming()])
        assert entries(await make(run, 2).accept([incoming()])) == [None]
        assert [each.message for each in await make(run).pending(10)] == [incoming()]

    stage.play(scenario)


def test_concurrent_deliveries_make_one_entry(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        rivals = [make(run, seed).accept([incoming()]) for seed in range(20)]
        won = [each for accepted in await asyncio.gather(*rivals) for each in entries(accepted) if each]
        assert len(won) == 1
        assert [each.id for each in await make(run).pending(10)] == won

    stage.play(scenario)


def test_one_person_has_one_id_by_number_and_by_business_scoped_id(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        by_number = incoming(1, sender="18765550101", phone=None)
        both = incoming(2, sender="JM.42", phone="+18765550101")
        hidden = incoming(3, sender="JM.42", phone=None)
        accepted = await make(run).accept([by_number, both, hidden])
        assert len({each.user for each in accepted}) == 1

    stage.play(scenario)


@pytest.mark.parametrize(("first", "second"), [("18765550101", "JM.42"), ("JM.42", "18765550101")])
def test_a_second_identity_leads_to_the_same_person_from_then_on(stage: Stage, first: str, second: str) -> None:
    async def scenario(run: Run) -> None:
        inbox = make(run)
        [before] = await inbox.accept([incoming(1, sender=first, phone=None)])
        [both] = await inbox.accept([incoming(2, sender="18765550101", alias="JM.42")])
        [after] = await inbox.accept([incoming(3, sender=second, phone=None)])
        assert before.user == both.user == after.user

    stage.play(scenario)


def test_two_new_identities_of_one_message_become_one_person_also_when_the_reply_is_lost(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [both] = await make(Losing(run, 1)).accept([incoming(1, sender="18765550101", alias="JM.42")])
        [scoped] = await make(run, 2).accept([incoming(2, sender="JM.42", phone=None)])
        assert scoped.user == both.user

    stage.play(scenario)


def test_of_two_known_identities_the_senders_decides_and_both_stay(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        inbox = make(run)
        people = [incoming(1, sender="18765550101", phone=None), incoming(2, sender="JM.42", phone=None)]
        number, scoped = await inbox.accept(people)
        [both] = await inbox.accept([incoming(3, sender="18765550101", alias="JM.42")])
        [again] = await inbox.accept([incoming(4, sender="JM.42", phone=None)])
        assert both.user == number.user
        assert again.user == scoped.user != number.user

    stage.play(scenario)


def test_people_have_ids_of_their_own(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        people = [incoming(number, sender=f"1876555010{number}", phone=None) for number in range(5)]
        assert len({each.user for each in await make(run).accept(people)}) == 5

    stage.play(scenario)


def test_who_writes_decides_who_it_is_when_the_number_is_known_as_somebody_else(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        inbox = make(run)
        [old, scoped] = await inbox.accept(
            [incoming(1, sender="18765550101", phone=None), incoming(2, sender="JM.42", phone=None)]
        )
        [joined, again] = await inbox.accept(
            [incoming(3, sender="JM.42", phone="+18765550101"), incoming(4, sender="18765550101", phone=None)]
        )
        assert joined.user == scoped.user
        assert again.user == old.user != scoped.user

    stage.play(scenario)


def test_pending_gives_the_oldest_up_to_its_limit(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        accepted = await make(run).accept([incoming(number) for number in range(5)])
        assert [each.id for each in await make(run).pending(2)] == entries(accepted)[:2]

    stage.play(scenario)


def test_an_entry_that_cannot_be_read_is_counted_and_stays(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        meter = FakeMeter()
        await run([("XADD", "inbox", "*", "user", "u1", "message", b"{broken")])
        [accepted] = await make(run).accept([incoming()])
        assert [each.id for each in await RedisInbox(run, FakeDice(), meter).pending(10)] == [accepted.entry]
        assert meter.counts["store_unreadable", "inbox"] == 1
        assert await run([("XLEN", "inbox")]) == [2]

    stage.play(scenario)


def test_message_ids_are_remembered_for_14_days_and_people_for_ever(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).accept([incoming()])
        claim, alias = await run([("TTL", "claim:wamid.1"), ("TTL", "alias:18765550101")])
        assert CLAIM_S - 60 < claim <= CLAIM_S == 14 * 24 * 3600
        assert alias == -1

    stage.play(scenario)


def test_behind_the_queue_an_inbox_is_the_same(stage: Stage) -> None:
    async def nothing(_entry: Entry) -> None: ...

    async def scenario(run: Run) -> None:
        queue = Queue(
            Limits(),
            work=nothing,
            shed=nothing,
            is_answer=lambda _message: False,
            clock=FakeClock(),
            meter=FakeMeter(),
        )
        inbox = QueueInbox(make(run), queue)
        first, second = await inbox.accept([incoming(1), incoming(2)])
        [again] = await inbox.accept([incoming(1)])
        assert (again.entry, again.user) == (None, first.user)
        assert await inbox.pending(1) == [Entry(str(first.entry), first.user, incoming(1))]
        assert await inbox.pending(10) == await make(run).pending(10)
        assert len(await inbox.pending(10)) == 2
        assert second.entry is not None

    stage.play(scenario)
