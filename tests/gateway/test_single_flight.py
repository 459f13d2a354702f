import asyncio
from contextlib import suppress
from contextvars import ContextVar

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.freshness import Namespace
from service.core.queries import Account, Balance, Price, Query, Reading, ReadingSource
from service.gateway.single_flight import SingleFlight
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BEN,
    PRICE,
    START_S,
    Tally,
    Tasks,
    cancelled_after,
    turns,
    virtual,
)
from tests.gateway.scenes import FlightScene


def test_the_same_read_many_times_at_once_is_one_upstream_call() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        readings = await scene.all(*[BALANCE] * 20)
        assert len(scene.upstream.asked) == 1
        assert readings[0] == Reading(Balance(500), START_S, ReadingSource.UPSTREAM)
        assert set(readings[1:]) == {Reading(Balance(500), START_S, ReadingSource.COALESCED)}
        assert scene.meter.counts == {"single_flight:led": 1, "single_flight:joined": 19}

    virtual(main)


def test_nothing_is_kept_when_the_answer_is_there() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        await scene.reads(BALANCE)
        await scene.reads(BALANCE)
        assert len(scene.upstream.asked) == 2
        assert not scene.reads._flights

    virtual(main)


def test_two_accounts_never_share() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        await scene.all(BALANCE, Query(Namespace.BALANCE, account=BEN))
        assert [query.account for query in scene.upstream.asked] == [ANA, BEN]

    virtual(main)


def test_two_tokens_of_one_account_never_share() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        await scene.all(BALANCE, Query(Namespace.BALANCE, account=Account(ANA.id, "another token")))
        assert len(scene.upstream.asked) == 2

    virtual(main)


def test_a_public_read_is_shared_between_users_and_commands() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        await scene.all(Query(Namespace.PRICE, "USD", site="price"), Query(Namespace.PRICE, "USD", site="send"))
        assert len(scene.upstream.asked) == 1

    virtual(main)


def test_fresh_reads_neither_join_nor_are_joined() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        fresh = Query(Namespace.BALANCE, account=ANA, fresh=True)
        readings = await scene.all(BALANCE, fresh, fresh)
        assert len(scene.upstream.asked) == 3
        assert {reading.source for reading in readings if isinstance(reading, Reading)} == {ReadingSource.UPSTREAM}

    virtual(main)


@pytest.mark.parametrize("count", range(8))
def test_the_first_caller_may_leave_at_any_moment(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        leaver = asyncio.ensure_future(scene.reads(BALANCE))
        await turns(1)
        stayers = [asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(3)]
        await turns(count)
        leaver.cancel()
        with suppress(asyncio.CancelledError):
            await leaver
        assert [(await stayer).value for stayer in stayers] == [Balance(500)] * 3
        assert len(scene.upstream.asked) == 1

    virtual(main)


@pytest.mark.parametrize("count", range(8))
def test_one_who_joined_may_leave_at_any_moment(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        first = asyncio.ensure_future(scene.reads(BALANCE))
        await turns(1)
        leaver, last = (asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(2))
        await turns(count)
        leaver.cancel()
        assert (await first).value == (await last).value == Balance(500)

    virtual(main)


@pytest.mark.parametrize("count", range(2, 9))
def test_a_read_that_everybody_left_still_ends_and_leaves_nothing_behind(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        assert await cancelled_after(count, scene.all(BALANCE, BALANCE))
        await scene.tasks.settle()
        assert scene.upstream.finished == 1
        assert not scene.reads._flights
        assert (await scene.reads(BALANCE)).value == Balance(500)

    virtual(main)


def test_the_flight_acts_by_the_context_of_who_started_it() -> None:
    whose: ContextVar[str] = ContextVar("whose", default="nobody")
    seen: list[str] = []

    async def main(clock: VirtualClock) -> None:
        async def fetch(query: Query) -> Reading:
            seen.append(whose.get())
            await clock.sleep(0.1)
            return Reading(Price(1, 0), clock.now(), ReadingSource.UPSTREAM)

        async def ask(name: str) -> None:
            whose.set(name)
            await reads(PRICE)

        reads = SingleFlight(fetch, Tasks(), Tally())
        await asyncio.gather(ask("first"), ask("second"))

    virtual(main)
    assert seen == ["first"]


def test_a_stale_answer_stays_marked_as_stale() -> None:
    async def main(clock: VirtualClock) -> None:
        async def fetch(query: Query) -> Reading:
            await clock.sleep(0.1)
            return Reading(Balance(1), 0.0, ReadingSource.STALE)

        reads = SingleFlight(fetch, Tasks(), Tally())
        readings = await asyncio.gather(reads(BALANCE), reads(BALANCE))
        assert [reading.source for reading in readings] == [ReadingSource.STALE] * 2

    virtual(main)
