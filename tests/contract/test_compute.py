"""The Compute port: on the loop, in processes, and in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from profiles.virtual_clock import CostTable
from profiles.virtual_workers import VirtualWorkers
from service.clocks import SystemClock
from service.flow.inline import Inline
from service.flow.workers import Workers
from service.observe.meter import MemoryMeter
from service.ports import Compute
from tests.flow.test_workers import add, refuse

Make = Callable[[], AbstractAsyncContextManager[Compute]]


@asynccontextmanager
async def inline() -> AsyncIterator[Compute]:
    yield Inline(SystemClock())


@asynccontextmanager
async def virtual() -> AsyncIterator[Compute]:
    yield VirtualWorkers(SystemClock(), CostTable({"test": 1.0}))


@asynccontextmanager
async def processes() -> AsyncIterator[Compute]:
    workers = Workers(Inline(SystemClock()), MemoryMeter(), size=2)
    try:
        yield workers
    finally:
        await workers.aclose()


@pytest.fixture(params=[inline, virtual, pytest.param(processes, marks=pytest.mark.real)])
def make(request: pytest.FixtureRequest) -> Make:
    found: Make = request.param
    return found


def within(make: Make, act: Callable[[Compute], Awaitable[None]]) -> None:
    async def main() -> None:
        async with make() as compute:
            await act(compute)

    asyncio.run(main())


def test_it_gives_what_the_function_gives(make: Make) -> None:
    async def act(compute: Compute) -> None:
        assert await compute("test", add, 2, 3) == 5
        assert await asyncio.gather(*(compute("test", add, n, 1) for n in range(5))) == [1, 2, 3, 4, 5]

    within(make, act)


def test_it_raises_what_the_function_raises_and_goes_on(make: Make) -> None:
    async def act(compute: Compute) -> None:
        with pytest.raises(ValueError, match="too long"):
            await compute("test", refuse, "too long")
        assert await compute("test", add, 1, 1) == 2

    within(make, act)
