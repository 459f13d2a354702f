import asyncio
import gc

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Balance, Query, ReadingSource
from service.gateway.single_flight import FLIGHT_LIMIT_S, SingleFlight
from tests.gateway.fakes import (
    ANA,
    BALANCE,
    BALANCES,
    BEN,
    PRICE,
    Tally,
    Upstream,
    cancelled_after,
    refuse_to_spawn,
    turns,
    virtual,
)
from tests.gateway.scenes import FlightScene


def test_an_error_goes_to_all_who_wait_and_to_nobody_later() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
        error = UpstreamUnavailable("balance", "HTTP 503")
        scene.upstream.script.append(error)
        assert await scene.all(BALANCE, BALANCE, BALANCE) == [error, error, error]
        assert (await scene.reads(BALANCE)).value == Balance(500)

    virtual(main)


def test_an_error_that_everybody_left_is_not_reported_as_lost() -> None:
    lost: list[object] = []

    async def main(clock: VirtualClock) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
        scene = FlightScene(clock)
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

        scene = FlightScene(clock)
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
        scene = FlightScene(clock)
        waiting = [asyncio.ensure_future(scene.reads(BALANCE)) for _ in range(2)]
        await turns(count + 1)
        scene.tasks.all[0].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [UpstreamUnavailable] * 2
        assert not scene.reads._flights

    virtual(main)


def test_a_task_that_never_ran_blocks_its_key_for_a_limited_time_only() -> None:
    async def main(clock: VirtualClock) -> None:
        scene = FlightScene(clock)
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
        scene = FlightScene(clock)
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
        scene = FlightScene(clock)
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
        scene = FlightScene(clock)
        others = [Query(Namespace.BALANCE, account=BEN), Query(Namespace.PROFILE, account=ANA), PRICE]
        flights = [asyncio.ensure_future(scene.reads(query)) for query in others]
        await turns(2)
        await scene.reads.forget(ANA.id, BALANCES)
        assert len(scene.reads._flights) == 3
        await asyncio.gather(*flights)

    virtual(main)
