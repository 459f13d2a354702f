import asyncio

import pytest

from profiles.virtual_clock import CostTable, VirtualClock, run_virtual
from profiles.virtual_workers import VirtualWorkers

COSTS = CostTable({"draw": 1_000.0})


def double(number: int) -> int:
    return 2 * number


def test_work_takes_its_time_beside_a_loop_that_goes_on() -> None:
    async def main(clock: VirtualClock) -> tuple[list[int], float, float]:
        workers = VirtualWorkers(clock, COSTS, size=2)
        results = await asyncio.gather(*(workers("draw", double, n) for n in range(4)))
        return results, clock.monotonic(), clock.charged_total_s

    assert run_virtual(main, start_unix_s=0.0) == ([0, 2, 4, 6], 2.0, 0.0)


def test_work_that_the_table_does_not_know_is_a_mistake() -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(KeyError, match="dig"):
            await VirtualWorkers(clock, COSTS)("dig", double, 1)

    run_virtual(main, start_unix_s=0.0)
