import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Balance, Query, Reading, ReadingSource
from service.gateway.counted import Counted
from tests.gateway.fakes import ANA, BALANCE, START_S, Tally, Upstream, cancelled_after, virtual


@pytest.mark.parametrize("source", list(ReadingSource))
def test_an_answer_is_counted_by_where_it_came_from(source: ReadingSource) -> None:
    async def main(clock: VirtualClock) -> Tally:
        async def fetch(query: Query) -> Reading:
            return Reading(Balance(1), clock.now(), source)

        meter = Tally()
        await Counted(fetch, meter, clock)(BALANCE)
        return meter

    assert virtual(main).counts == {"reads:balance:asked": 1, f"reads:balance:{source.value}": 1}


def test_an_error_is_counted_and_raised() -> None:
    async def main(clock: VirtualClock) -> Tally:
        meter, upstream = Tally(), Upstream(clock)
        upstream.is_down = UpstreamUnavailable("balance", "HTTP 503")
        with pytest.raises(UpstreamUnavailable):
            await Counted(upstream, meter, clock)(BALANCE)
        return meter

    assert virtual(main).counts == {"reads:balance:asked": 1, "reads:balance:error": 1}


def test_a_read_that_is_cancelled_is_no_error() -> None:
    async def main(clock: VirtualClock) -> Tally:
        meter = Tally()
        await cancelled_after(3, Counted(Upstream(clock), meter, clock)(BALANCE))
        return meter

    assert virtual(main).counts == {"reads:balance:asked": 1, "reads:balance:cancelled": 1}


def test_fresh_reads_are_counted_apart_and_observed_as_fresh() -> None:
    observed: list[Query] = []

    async def main(clock: VirtualClock) -> Tally:
        meter = Tally()
        counted = Counted(Upstream(clock), meter, clock, lambda query, _: observed.append(query))
        await counted(Query(Namespace.BALANCE, account=ANA, fresh=True))
        return meter

    assert virtual(main).counts == {"reads:balance:fresh": 1}
    assert [query.fresh for query in observed] == [True]


def test_the_observer_is_told_what_was_asked_and_when() -> None:
    observed: list[tuple[Query, float]] = []

    async def main(clock: VirtualClock) -> None:
        counted = Counted(Upstream(clock), Tally(), clock, lambda query, at_s: observed.append((query, at_s)))
        await clock.sleep(5)
        await counted(BALANCE)

    virtual(main)
    assert observed == [(BALANCE, START_S + 5)]
