"""The Outbox port on the store."""

import asyncio

import pytest

from service.core.errors import StoreUnavailable
from service.core.messages import Button, Buttons, Entry, Menu, MenuRow, OutboxItem, Outgoing, Picture, Text, Voice
from service.store.commands import Run
from service.store.inbox import RedisInbox
from service.store.outbox import TOLD_S, RedisOutbox
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage, incoming

REPLIES: list[Outgoing] = [Text("one"), Text("two")]


def make(run: Run, seed: int = 1) -> RedisOutbox:
    return RedisOutbox(run, FakeDice(seed), FakeMeter())


async def accepted(run: Run, number: int = 1) -> Entry:
    inbox = RedisInbox(run, FakeDice(), FakeMeter())
    [each] = await inbox.accept([incoming(number)])
    assert each.entry is not None
    return Entry(each.entry, each.user, each.message)


async def left(run: Run) -> list[Entry]:
    return await RedisInbox(run, FakeDice(), FakeMeter()).pending(10)


def test_finishing_moves_a_message_from_the_inbox_to_its_replies_in_the_outbox(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        items = await make(run).finish(await accepted(run), REPLIES)
        assert [(item.to, item.message, item.about) for item in items] == [
            ("18765550101", reply, "wamid.1") for reply in REPLIES
        ]
        assert await left(run) == []
        assert await make(run).pending(10) == items

    stage.play(scenario)


def test_every_kind_of_reply_comes_back_as_it_was(stage: Stage) -> None:
    replies: list[Outgoing] = [
        Text("Ünïcode ✓"),
        Buttons("Pay?", (Button("yes:1", "Yes"), Button("no:1", "No"))),
        Menu("What?", "Choose", (MenuRow("help", "Help", "all of it"),)),
        Picture("lnbc1...", "An invoice"),
        Voice("Your balance is 5 dollars."),
    ]

    async def scenario(run: Run) -> None:
        await make(run).finish(await accepted(run), replies)
        assert [item.message for item in await make(run).pending(10)] == replies

    stage.play(scenario)


def test_a_message_without_a_reply_is_just_done(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).finish(await accepted(run), []) == []
        assert await left(run) == []

    stage.play(scenario)


def test_a_lost_reply_gives_the_items_all_the_same(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        items = await make(Losing(run, 1)).finish(await accepted(run), REPLIES)
        assert len(items) == 2
        assert await make(run).pending(10) == items

    stage.play(scenario)


def test_two_lost_replies_leave_one_set_of_items_to_be_found(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        entry = await accepted(run)
        with pytest.raises(StoreUnavailable):
            await make(Losing(run, 2)).finish(entry, REPLIES)
        assert await make(run, 2).finish(entry, REPLIES) == []
        assert [item.message for item in await make(run).pending(10)] == REPLIES

    stage.play(scenario)


def test_of_two_who_answer_the_same_message_one_sends(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        entry = await accepted(run)
        rivals = [make(run, seed).finish(entry, [Text(f"by {seed}")]) for seed in range(10)]
        sent = [item for items in await asyncio.gather(*rivals) for item in items]
        assert len(sent) == 1
        assert await make(run).pending(10) == sent

    stage.play(scenario)


def test_what_was_sent_is_forgotten(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        first, second = await make(run).finish(await accepted(run), REPLIES)
        await make(run).sent([first])
        assert await make(run).pending(10) == [second]
        await make(run).sent([first, second])
        assert await make(run).pending(10) == []
        assert await run([("EXISTS", "outbox", "outbox:order")]) == [0]

    stage.play(scenario)


def test_pending_gives_the_oldest_up_to_its_limit(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        entries = [await accepted(run, number) for number in range(4)]
        made = [await make(run).finish(entry, REPLIES) for entry in reversed(entries)]
        oldest_first = [item for items in reversed(made) for item in items]
        assert [item.about for item in await make(run).pending(3)] == [item.about for item in oldest_first[:3]]

    stage.play(scenario)


def test_failed_attempts_are_counted_and_kept(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [item] = await make(run).finish(await accepted(run), [Text("one")])
        again = await make(Losing(run, 1)).retry(await make(run).retry(item))
        assert again.attempts == 2
        assert await make(run).pending(10) == [again]

    stage.play(scenario)


def test_a_failed_attempt_does_not_bring_back_what_was_sent(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        [item] = await make(run).finish(await accepted(run), [Text("one")])
        await make(run).sent([item])
        await make(run).retry(item)
        assert await make(run).pending(10) == []
        assert await run([("EXISTS", "outbox")]) == [0]

    stage.play(scenario)


def test_an_index_that_outlived_its_item_is_put_right(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        first, second = await make(run).finish(await accepted(run), REPLIES)
        await run([("HDEL", "outbox", first.id)])
        assert await make(run).pending(10) == [second]
        assert await run([("ZCARD", "outbox:order")]) == [1]

    stage.play(scenario)


def test_an_item_that_cannot_be_read_is_counted_and_stays(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        meter = FakeMeter()
        [item] = await make(run).finish(await accepted(run), [Text("one")])
        await run([("HSET", "outbox", item.id, b"{broken")])
        assert await RedisOutbox(run, FakeDice(), meter).pending(10) == []
        assert meter.counts["store_unreadable", "outbox"] == 1
        assert await run([("HLEN", "outbox")]) == [1]

    stage.play(scenario)


def test_ids_name_the_entry_and_the_place(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        entry = await accepted(run)
        items = await make(run).finish(entry, REPLIES)
        assert items == [
            OutboxItem(f"{entry.id}:00", "18765550101", Text("one"), "wamid.1"),
            OutboxItem(f"{entry.id}:01", "18765550101", Text("two"), "wamid.1"),
        ]

    stage.play(scenario)


NEWS = OutboxItem("p1:received", "18765550102", Text("You received *$5.00*."), "p1:received")


def test_what_answers_nobody_is_queued_behind_the_replies_and_only_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        replies = await make(run).finish(await accepted(run), REPLIES)
        assert await make(run, 2).add(NEWS)
        assert not await make(run, 3).add(NEWS)
        assert await make(run).pending(10) == [*replies, NEWS]

    stage.play(scenario)


def test_what_was_sent_is_not_taken_again(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run, 2).add(NEWS)
        await make(run).sent([NEWS])
        assert not await make(run, 3).add(NEWS)
        assert await make(run).pending(10) == []
        [life_s] = await run([("TTL", "told:p1:received")])
        assert TOLD_S - 10 < life_s <= TOLD_S

    stage.play(scenario)


def test_whoever_lost_the_reply_still_hears_that_it_was_first(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(Losing(run, 1)).add(NEWS)
        assert await make(run).pending(10) == [NEWS]

    stage.play(scenario)
