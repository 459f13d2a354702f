import asyncio
from contextlib import suppress

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.breaker import BreakerPolicy, BreakerState
from service.core.errors import CircuitOpen, NotAuthenticated, UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.gateway.breaker_reads import BreakerReads
from tests.gateway.fakes import PRICE, Tally, Upstream, cancelled_after, virtual

DOWN = UpstreamUnavailable("realtimePrice", "HTTP 503")


async def ask(reads: BreakerReads, times: int) -> None:
    for _ in range(times):
        with suppress(UpstreamError, RuntimeError):
            await reads(PRICE)


def test_an_upstream_that_is_down_is_asked_ten_times() -> None:
    async def main(clock: VirtualClock) -> int:
        upstream = Upstream(clock)
        upstream.is_down = DOWN
        await ask(BreakerReads(upstream, clock, Tally(), BreakerPolicy()), 50)
        return len(upstream.asked)

    assert virtual(main) == 10


def test_while_it_is_open_callers_are_told_when_to_come_back() -> None:
    async def main(clock: VirtualClock) -> None:
        upstream = Upstream(clock)
        upstream.is_down = DOWN
        reads = BreakerReads(upstream, clock, Tally(), BreakerPolicy())
        await ask(reads, 10)
        await clock.sleep(5)
        with pytest.raises(CircuitOpen) as caught:
            await reads(PRICE)
        assert caught.value.name == "flash"
        assert caught.value.retry_after_s == pytest.approx(10)

    virtual(main)


@pytest.mark.parametrize("refusal", [UpstreamRefused("me", "NOT_FOUND", ""), NotAuthenticated("me")])
def test_refusals_are_the_answers_of_an_upstream_that_works(refusal: UpstreamError) -> None:
    async def main(clock: VirtualClock) -> BreakerState:
        upstream = Upstream(clock)
        upstream.is_down = refusal
        reads = BreakerReads(upstream, clock, Tally(), BreakerPolicy())
        await ask(reads, 50)
        return reads.state

    assert virtual(main) is BreakerState.CLOSED


def test_our_own_faults_say_nothing_of_the_upstream() -> None:
    async def main(clock: VirtualClock) -> BreakerState:
        upstream = Upstream(clock)
        upstream.is_down = RuntimeError("a bug")
        reads = BreakerReads(upstream, clock, Tally(), BreakerPolicy())
        await ask(reads, 50)
        return reads.state

    assert virtual(main) is BreakerState.CLOSED


def test_it_closes_within_one_period_of_the_recovery_after_three_probes() -> None:
    async def main(clock: VirtualClock) -> None:
        upstream = Upstream(clock, delay_s=0.0)
        upstream.is_down = DOWN
        reads = BreakerReads(upstream, clock, Tally(), BreakerPolicy())
        await ask(reads, 10)
        upstream.is_down = None
        await clock.sleep(15)
        await asyncio.gather(*(ask(reads, 1) for _ in range(10)))
        assert len(upstream.asked) == 10 + 3
        assert reads.state is BreakerState.CLOSED

    virtual(main)


@pytest.mark.parametrize("turns", range(6))
def test_a_probe_that_is_cancelled_is_handed_back(turns: int) -> None:
    async def main(clock: VirtualClock) -> None:
        upstream = Upstream(clock)
        upstream.is_down = DOWN
        reads = BreakerReads(upstream, clock, Tally(), BreakerPolicy())
        await ask(reads, 10)
        upstream.is_down = None
        await clock.sleep(15)
        for _ in range(20):
            assert await cancelled_after(turns, reads(PRICE))
        await ask(reads, 3)
        assert reads.state is BreakerState.CLOSED

    virtual(main)


def test_its_states_and_refusals_are_metered() -> None:
    async def main(clock: VirtualClock) -> Tally:
        meter = Tally()
        upstream = Upstream(clock)
        upstream.is_down = DOWN
        reads = BreakerReads(upstream, clock, meter, BreakerPolicy())
        await ask(reads, 12)
        upstream.is_down = None
        await clock.sleep(15)
        await ask(reads, 3)
        return meter

    assert virtual(main).counts == {
        "breaker:open": 1,
        "breaker:refused": 2,
        "breaker:half-open": 1,
        "breaker:closed": 1,
    }
