"""The memory watch: when it speaks, what it says, and what it reads of a real process."""

import asyncio
import sys
import tracemalloc
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from profiles.virtual_clock import VirtualClock
from service.core.leaks import FEWEST_READINGS, WARM_UP_MESSAGES, MemoryReading
from service.observe.memory_probe import AllocationSite, ProcessMemory, allocation_sites
from service.observe.memory_watch import QUIET_S, MemoryWatch
from service.observe.meter import MemoryMeter
from tests.flow.kit import virtually
from tests.observe.kit import StillClock

SITE = AllocationSite("service/somewhere.py:7", 16_000, 1_000)
PER_LOOK = 500


class House:
    """A watch over memory that grows by `blocks` for each message, looked at every minute."""

    def __init__(self, blocks: float, messages: int = WARM_UP_MESSAGES) -> None:
        self.clock, self.meter = StillClock(), MemoryMeter()
        self.blocks, self.messages = blocks, messages
        self.attributed = 0
        self.readings = 0
        self.watch = MemoryWatch(self.read, self.sites, lambda: self.messages, clock=self.clock, meter=self.meter)

    def read(self, at_s: float, messages: int) -> MemoryReading:
        self.readings += 1
        blocks = round(300_000 + self.blocks * messages)
        return MemoryReading(at_s, messages, blocks, rss_bytes=10**8, tasks=20, fds=30)

    async def sites(self) -> list[AllocationSite]:
        self.attributed += 1
        return [SITE]

    def look(self, times: int, meanwhile: Callable[[], object] = lambda: None) -> list[dict[str, object]]:
        async def main() -> None:
            for _ in range(times):
                await self.watch.look()
                meanwhile()
                self.messages += PER_LOOK
                self.clock.time_s += 60.0

        with capture_logs() as logs:
            asyncio.run(main())
        return [dict(line) for line in logs]


def test_a_leak_is_an_error_in_the_log_with_its_rate_and_its_places() -> None:
    house = House(1.0)
    alarm, places = house.look(FEWEST_READINGS)
    assert (alarm["log_level"], alarm["series"], alarm["per_message"]) == (
        "error",
        "blocks",
        {"estimate": 1.0, "low": 1.0, "high": 1.0},
    )
    assert places["sites"] == [{"place": SITE.place, "size_bytes": 16_000, "blocks": 1_000}]
    alarms = house.meter.by_label("memory_leaks")
    assert {series: times for series, times in alarms.items() if times} == {"blocks": 1}
    assert len(alarms) == 5
    assert house.readings == FEWEST_READINGS


def test_it_is_said_again_only_after_some_time() -> None:
    house = House(1.0)
    house.look(FEWEST_READINGS)
    assert house.look(int(QUIET_S / 60) - 1) == []
    assert len(house.look(1)) == 2
    assert house.attributed == 2


def test_nothing_is_said_of_memory_that_stays_or_while_it_is_warming_up() -> None:
    assert House(0.0).look(200) == []
    warming = House(5.0, messages=0)
    assert warming.look(WARM_UP_MESSAGES // PER_LOOK) == []
    assert warming.readings == 0


def test_after_it_was_off_it_begins_anew() -> None:
    house = House(1.0)
    house.look(FEWEST_READINGS - 1)
    asyncio.run(house.watch.forget())
    assert house.look(FEWEST_READINGS - 1) == []
    assert len(house.look(1)) == 2


def test_a_real_process_is_read() -> None:
    kept: list[object] = []
    probe = ProcessMemory()

    async def main() -> tuple[MemoryReading, MemoryReading]:
        first = probe(1.0, 10)
        kept.extend(object() for _ in range(10_000))
        return first, probe(2.0, 20)

    first, second = asyncio.run(main())
    assert second.blocks - first.blocks == pytest.approx(10_000, abs=500)
    assert second.rss_bytes > 10_000_000
    assert (first.tasks, first.messages, second.at_s) == (1, 10, 2.0)
    assert first.fds > 2


def test_traced_memory_is_read_only_while_something_traces() -> None:
    async def main() -> tuple[int | None, int | None]:
        untraced = ProcessMemory()(1.0, 1).traced_bytes
        tracemalloc.start(1)
        try:
            return untraced, ProcessMemory()(1.0, 1).traced_bytes
        finally:
            tracemalloc.stop()

    untraced, traced = asyncio.run(main())
    assert untraced is None
    assert traced is not None


def keep_allocating(kept: list[object], clock: VirtualClock) -> "asyncio.Task[None]":
    async def allocate() -> None:
        while True:
            kept.append(bytearray(100))
            await clock.sleep(0.1)

    return asyncio.create_task(allocate())


def test_places_are_those_of_what_stays_and_tracing_ends() -> None:
    kept: list[object] = []

    async def main(clock: VirtualClock) -> list[AllocationSite]:
        leaking = keep_allocating(kept, clock)
        found = await allocation_sites(clock, 30.0)
        leaking.cancel()
        return found

    found = virtually(main)
    line = keep_allocating.__code__.co_firstlineno + 3
    assert found[0].place == f"{__file__}:{line}"
    assert found[0].blocks >= 250
    assert not tracemalloc.is_tracing()


def test_somebody_elses_tracing_goes_on() -> None:
    tracemalloc.start(1)
    try:
        virtually(lambda clock: allocation_sites(clock, 1.0))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_an_object_of_sixteen_bytes_is_a_block() -> None:
    before = sys.getallocatedblocks()
    kept = [object() for _ in range(5_000)]
    assert sys.getallocatedblocks() - before == pytest.approx(len(kept), abs=200)
    assert sys.getsizeof(kept[0]) == 16
