"""What this process holds, and where it was allocated."""

import asyncio
import gc
import sys
import tracemalloc

import msgspec

from service.core.leaks import MemoryReading
from service.ports import Clock

__all__ = ["MAX_TRACED_BYTES", "TRACE_S", "AllocationSite", "ProcessMemory", "allocation_sites"]

TRACE_S = 60.0
"""How long allocations are traced after an alarm: a traced process needs up to four times the CPU."""

MAX_TRACED_BYTES = 64_000_000
"""Of newly allocated memory; tracing ends early there."""

_LOOK_S = 1.0
_SITES = 10


class AllocationSite(msgspec.Struct, frozen=True):
    """A line of code, and what was allocated there while it was traced and is still alive."""

    place: str
    size_bytes: int
    blocks: int


class ProcessMemory:
    """Reads the memory of this process. `messages` says how many messages it has handled.

    A reading collects garbage first, which takes as long as there are objects: some ten milliseconds for the bot.
    """

    def __call__(self, at_s: float, messages: int) -> MemoryReading:
        import psutil  # noqa: PLC0415 - a megabyte that only those pay for who watch

        process = psutil.Process()
        gc.collect()
        return MemoryReading(
            at_s=at_s,
            messages=messages,
            blocks=sys.getallocatedblocks(),
            rss_bytes=process.memory_info().rss,
            tasks=len(asyncio.all_tasks()),
            fds=process.num_fds(),
            traced_bytes=tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else None,
        )


async def allocation_sites(clock: Clock, trace_s: float = TRACE_S) -> list[AllocationSite]:
    """Where what was allocated in the next `trace_s` seconds, and is still alive then, came from; the most first.

    Allocations are traced one frame deep, and only for that time: where something else traces already, its traces are
    used and left alone.
    """
    started = not tracemalloc.is_tracing()
    if started:
        tracemalloc.start(1)
    try:
        before = tracemalloc.take_snapshot()
        await _wait(clock, trace_s, tracemalloc.get_traced_memory()[0])
        gc.collect()
        after = tracemalloc.take_snapshot()
    finally:
        if started:
            tracemalloc.stop()
    ours = (tracemalloc.Filter(inclusive=False, filename_pattern=name) for name in (tracemalloc.__file__, __file__))
    grown = after.filter_traces(tuple(ours)).compare_to(before, "lineno")
    sites = [
        AllocationSite(f"{each.traceback[0].filename}:{each.traceback[0].lineno}", each.size_diff, each.count_diff)
        for each in grown
        if each.count_diff > 0
    ]
    return sorted(sites, key=_rank)[:_SITES]


async def _wait(clock: Clock, trace_s: float, before_bytes: int) -> None:
    until_s = clock.monotonic() + trace_s
    while clock.monotonic() < until_s and tracemalloc.get_traced_memory()[0] - before_bytes < MAX_TRACED_BYTES:
        await clock.sleep(min(_LOOK_S, trace_s))


def _rank(site: AllocationSite) -> tuple[int, str]:
    return (-site.blocks, site.place)
