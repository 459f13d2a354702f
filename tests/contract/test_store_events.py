"""The log of events: each listener hears each event at least once, whichever instance dies, and the log is bounded."""

import asyncio

import pytest

from service.core.events import Event, PaymentReceived, UserLinked
from service.ports import Delivery
from service.store import events as stored
from service.store.commands import Run
from service.store.events import RedisEvents
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage

RECEIVED = PaymentReceived(1_700_000_000.0, "p1", "wallet-bob", "wallet-ann", 500)


def linked(number: int) -> UserLinked:
    return UserLinked(float(number), f"u{number}")


def log_of(run: Run, consumer: str = "one", *, seed: int = 1, length: int = 100) -> RedisEvents:
    return RedisEvents(run, FakeDice(seed), FakeMeter(), consumer, length=length)


def heard(deliveries: list[Delivery]) -> list[Event | None]:
    return [delivery.event for delivery in deliveries]


def test_each_listener_hears_everything_in_order_and_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        log = log_of(run)
        await log.append([RECEIVED, linked(1)])
        await log.append([linked(2)])
        for listener in ("notice", "figures"):
            assert heard(await log.take(listener, 2)) == [RECEIVED, linked(1)]
            assert heard(await log.take(listener, 2)) == [linked(2)]
            assert await log.take(listener, 2) == []

    stage.play(scenario)


def test_instances_share_a_listeners_work(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        one, two = log_of(run), log_of(run, "two")
        await one.append([linked(1), linked(2)])
        assert heard(await one.take("notice", 1)) == [linked(1)]
        assert heard(await two.take("notice", 10)) == [linked(2)]

    stage.play(scenario)


def test_what_an_instance_took_and_never_finished_is_taken_over(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "RECLAIM_AFTER_S", 0.01)

    async def scenario(run: Run) -> None:
        dead, alive = log_of(run), log_of(run, "two")
        await dead.append([linked(1), linked(2)])
        first, second = await dead.take("notice", 10)
        await dead.done("notice", [first.id])
        await asyncio.sleep(0.05)
        assert await alive.take_over("notice", 10) == [Delivery(second.id, linked(2), tries=2)]
        await asyncio.sleep(0.05)
        assert [again.tries for again in await alive.take_over("notice", 10)] == [3]
        await alive.done("notice", [second.id])
        await asyncio.sleep(0.05)
        assert await alive.take_over("notice", 10) == []

    stage.play(scenario)


def test_what_was_taken_a_moment_ago_is_left_to_whoever_has_it(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        one, two = log_of(run), log_of(run, "two")
        await one.append([linked(1)])
        await one.take("notice", 10)
        assert await two.take_over("notice", 10) == []

    stage.play(scenario)


def test_an_addition_whose_reply_is_lost_is_made_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await log_of(Losing(run, 1), seed=3).append([linked(1)])
        assert heard(await log_of(run).take("notice", 10)) == [linked(1)]

    stage.play(scenario)


def test_the_oldest_make_room_and_are_counted(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        log = log_of(run, length=3)
        assert await log.append([linked(1), linked(2)]) == 0
        assert await log.append([linked(3), linked(4), linked(5)]) == 2
        assert heard(await log.take("notice", 10)) == [linked(3), linked(4), linked(5)]

    stage.play(scenario)


def test_every_instance_can_follow_the_whole_log_from_where_it_begins(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        log = log_of(run)
        assert await log.since("", 10) == ([], "0-0")
        await log.append([linked(1)])
        nothing, place = await log.since("", 10)
        assert nothing == []
        await log.append([linked(2), linked(3)])
        events, place = await log.since(place, 1)
        assert events == [linked(2)]
        events, place = await log.since(place, 10)
        assert events == [linked(3)]
        assert await log.since(place, 10) == ([], place)

    stage.play(scenario)


def test_an_entry_that_cannot_be_read_is_delivered_as_none(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("XADD", "events", "*", "event", "{"), ("XADD", "events", "*", "other", "1")])
        assert heard(await log_of(run).take("notice", 10)) == [None, None]

    stage.play(scenario)
