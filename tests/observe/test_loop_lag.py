import asyncio

from profiles.virtual_clock import CostTable, VirtualClock, run_virtual
from service.observe.loop_lag import LAG_EVERY_S, LoopLag
from service.observe.meter import MemoryMeter, Observed


def lag_of(*, is_on: bool, blocked_s: float = 0.0, for_s: float = 1.0) -> Observed | None:
    """What is observed in this time, at the beginning of which the loop is blocked."""
    meter = MemoryMeter()

    async def main(clock: VirtualClock) -> None:
        looking = asyncio.create_task(LoopLag(clock, meter, lambda: is_on).run())
        await clock.sleep(LAG_EVERY_S / 2)
        clock.charge("work")
        await clock.sleep(for_s - LAG_EVERY_S / 2)
        looking.cancel()

    run_virtual(main, start_unix_s=0.0, costs=CostTable({"work": 1000 * blocked_s}))
    return meter.observed.get(("loop_lag_s", ""))


def test_a_loop_that_is_free_has_no_lag() -> None:
    seen = lag_of(is_on=True)
    assert seen is not None
    assert seen.count == 3
    assert seen.greatest < 1e-9


def test_what_blocks_the_loop_is_seen() -> None:
    seen = lag_of(is_on=True, blocked_s=2.0, for_s=5.0)
    assert seen is not None
    assert abs(seen.greatest - (2.0 - LAG_EVERY_S / 2)) < 1e-6


def test_switched_off_nothing_is_observed() -> None:
    assert lag_of(is_on=False) is None
