import asyncio
import gc
from contextlib import suppress
from contextvars import ContextVar

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Account, Balance, Price, Query, Reading, ReadingSource
from service.gateway.single_flight import FLIGHT_LIMIT_S, SingleFlight
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BEN,
    PRICE,
    START_S,
    Tally,
    Tasks,
    Upstream,
    cancelled_after,
    refuse_to_spawn,
    turns,
    virtual,
)

BALANCES = frozenset({Namespace.BALANCE})


class Scene:
    """A single flight in front of an upstream that takes 100 ms."""

    def __init__(self, clock: VirtualClock) -> None:
        self.upstream = Upstream(clock)
        self.tasks = Tasks()
        self.meter = Tally()
        self.reads = SingleFlight(self.upstream, self.tasks, self.meter)

    async def all(self, *queries: Query) -> list[Reading | BaseException]:
        return await asyncio.gather(*(self.reads(query) for query in queries), return_exceptions=True)


def test_the_same_read_many_times_at_once_is_one_upstream_call() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        readings = await scene.all(*[BALANCE] * 20)
        assert len(scene.upstream.asked) == 1
        assert readings[0] == Reading(Balance(500), START_S, ReadingSource.UPSTREAM)
        assert set(readings[1:]) == {Reading(Balance(500), START_S, ReadingSource.COALESCED)}
        assert scene.meter.counts == {"single_flight:led": 1, "single_flight:joined": 19}

    virtual(main)


def test_nothing_is_kept_when_the_answer_is_there() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        await scene.reads(BALANCE)
        await scene.reads(BALANCE)
        assert len(scene.upstream.asked) == 2
        assert not scene.reads._flights

    virtual(main)


def test_two_accounts_never_share() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        await scene.all(BALANCE, Query(Namespace.BALANCE, account=BEN))
        assert [query.account for query in scene.upstream.asked] == [ANA, BEN]

    virtual(main)


def test_two_tokens_of_one_account_never_share() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        await scene.all(BALANCE, Query(Namespace.BALANCE, account=Account(ANA.id, "another token")))
        assert len(scene.upstream.asked) == 2

    virtual(main)


def test_a_public_read_is_shared_between_users_and_commands() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        await scene.all(Query(Namespace.PRICE, "USD", site="price"), Query(Namespace.PRICE, "USD", site="send"))
        assert len(scene.upstream.asked) == 1

    virtual(main)


def test_fresh_reads_neither_join_nor_are_joined() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        fresh = Query(Namespace.BALANCE, account=ANA, fresh=True)
        readings = await scene.all(BALANCE, fresh, fresh)
        assert len(scene.upstream.asked) == 3
        assert {reading.source for reading in readings if isinstance(reading, Reading)} == {ReadingSource.UPSTREAM}

    virtual(main)


def test_an_error_goes_to_all_who_wait_and_to_nobody_later() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        error = UpstreamUnavailable("balance", "HTTP 503")
        scene.upstream.script.append(error)
        assert await scene.all(BALANCE, BALANCE, BALANCE) == [error, error, error]
        assert (await scene.reads(BALANCE)).value == Balance(500)

    virtual(main)


@pytest.mark.parametrize("count", range(8))
def test_the_first_caller_may_leave_at_any_moment(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
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


@pytest.mark.parametrize("count", range(1, 8))
def test_a_read_that_everybody_left_still_ends_and_leaves_nothing_behind(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        assert await cancelled_after(count, scene.all(BALANCE, BALANCE))
        await scene.tasks.settle()
        assert scene.upstream.finished == 1
        assert not scene.reads._flights
        assert (await scene.reads(BALANCE)).value == Balance(500)

    virtual(main)


def test_an_error_that_everybody_left_is_not_reported_as_lost() -> None:
    lost: list[object] = []

    async def main(clock: VirtualClock) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
        scene = Scene(clock)
        scene.upstream.script.append(UpstreamUnavailable("balance", "HTTP 503"))
        await cancelled_after(3, scene.reads(BALANCE))
        await scene.tasks.settle()
        del scene
        gc.collect()
        await turns(2)

    virtual(main)
    assert not lost


def test_a_fetch_that_fails_at_once_poisons_no_key() -> None:
    async def main(clock: VirtualClock) -> None:
        def broken(query: Query) -> object:
            raise ValueError("before the first await")

        scene = Scene(clock)
        reads = SingleFlight(broken, scene.tasks, scene.meter)  # type: ignore[arg-type]  # on purpose not a Fetch
        for _ in range(2):
            with pytest.raises(ValueError, match="before the first await"):
                await reads(BALANCE)
        assert not reads._flights

    virtual(main)


def test_a_flight_that_cannot_start_poisons_no_key() -> None:
    async def main(clock: VirtualClock) -> None:
        reads = SingleFlight(Upstream(clock), refuse_to_spawn, Tally())
        for _ in range(2):
            with pytest.raises(RuntimeError, match="is stopping"):
                await reads(BALANCE)
        assert not reads._flights

    virtual(main)


@pytest.mark.parametrize("count", range(1, 4))
def test_when_the_service_stops_those_who_wait_are_told(count: int) -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        waiting = [asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(2)]
        await turns(count + 1)
        scene.tasks.all[0].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [UpstreamUnavailable] * 2
        assert not scene.reads._flights

    virtual(main)


def test_a_task_that_never_ran_blocks_its_key_for_a_limited_time_only() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        waiting = asyncio.ensure_future(scene.reads(BALANCE))
        await turns(1)
        scene.tasks.all[0].cancel()  # before its first step: nothing inside of it ever runs
        with pytest.raises(UpstreamUnavailable):
            await waiting
        assert clock.monotonic() == FLIGHT_LIMIT_S
        assert (await scene.reads(BALANCE)).value == Balance(500)

    virtual(main)


def test_after_forget_callers_start_anew_and_earlier_ones_keep_theirs() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        scene.upstream.script.extend([Balance(100), Balance(50)])
        before = [asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(2)]
        await turns(2)
        await scene.reads.forget(ANA.id, BALANCES)
        after = [asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(2)]
        assert [(await task).value for task in before] == [Balance(100)] * 2
        assert [(await task).value for task in after] == [Balance(50)] * 2
        assert len(scene.upstream.asked) == 2
        assert not scene.reads._flights

    virtual(main)


def test_a_forgotten_flight_that_lands_does_not_end_the_next_one() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        old = asyncio.ensure_future(scene.reads(BALANCE))
        await clock.sleep(0.05)
        await scene.reads.forget(ANA.id, BALANCES)
        new = asyncio.ensure_future(scene.reads(BALANCE))
        await old
        joined = await scene.reads(BALANCE)
        await new
        assert joined.source is ReadingSource.COALESCED
        assert len(scene.upstream.asked) == 2

    virtual(main)


def test_forget_leaves_other_accounts_and_namespaces_alone() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        others = [Query(Namespace.BALANCE, account=BEN), Query(Namespace.PROFILE, account=ANA), PRICE]
        flights = [asyncio.ensure_future(scene.reads(query)) for query in others]
        await turns(2)
        await scene.reads.forget(ANA.id, BALANCES)
        assert len(scene.reads._flights) == 3
        await asyncio.gather(*flights)

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
