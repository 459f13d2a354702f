"""What every read and every message waits for, a thousand times each: cache, single flight, lanes.

The loop is the virtual one, so that nothing is waited for in real time: what is measured is the processor's part.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

from profiles.virtual_clock import VirtualClock
from tests.flow.kit import Workshop, entry, virtually
from tests.gateway.fakes import BALANCE
from tests.gateway.scenes import FlightScene, ManagerScene

_TIMES = 1_000


def timed(benchmark: BenchmarkFixture, main: Callable[[VirtualClock], Coroutine[Any, Any, int]]) -> int:
    """Runs `main` again and again; its own set-up counts, and is small beside a thousand times of what it repeats."""
    benchmark.extra_info["operations"] = _TIMES
    done: int = benchmark(virtually, main)
    return done


def test_cache_hits(benchmark: BenchmarkFixture) -> None:
    async def main(clock: VirtualClock) -> int:
        scene = ManagerScene(clock)
        for _ in range(_TIMES):
            await scene.reads(BALANCE)
        return len(scene.upstream.asked)

    assert timed(benchmark, main) == 1


def test_single_flight_alone(benchmark: BenchmarkFixture) -> None:
    async def main(clock: VirtualClock) -> int:
        scene = FlightScene(clock)
        for _ in range(_TIMES):
            await scene.reads(BALANCE)
        return len(scene.upstream.asked)

    assert timed(benchmark, main) == _TIMES


def test_single_flight_joined(benchmark: BenchmarkFixture) -> None:
    async def main(clock: VirtualClock) -> int:
        scene = FlightScene(clock)
        await asyncio.gather(*(scene.reads(BALANCE) for _ in range(_TIMES)))
        return len(scene.upstream.asked)

    assert timed(benchmark, main) == 1


def test_lanes(benchmark: BenchmarkFixture) -> None:
    async def main(_: VirtualClock) -> int:
        shop = Workshop(takes_s=0.0)
        await shop.offer(*(entry(str(n), user=f"user-{n % 50}") for n in range(_TIMES)))
        return len(shop.log)

    assert timed(benchmark, main) == 2 * _TIMES
