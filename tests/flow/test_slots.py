import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from profiles.virtual_clock import VirtualClock
from service.flow.queue import Slots
from tests.flow.kit import Workshop, entry, virtually


def test_what_waits_is_counted_by_its_sender_until_it_is_done() -> None:
    async def main(_: VirtualClock) -> list[tuple[int, int, int]]:
        shop = Workshop()
        seen = []
        for names in (("1", "2"), ()):
            for name in names:
                shop.lanes.put(entry(name, sender="1876"))
            seen.append((shop.lanes.held, shop.lanes.users, shop.lanes.waiting_of("1876")))
            await shop.lanes.idle()
        return seen

    assert virtually(main) == [(2, 1, 2), (0, 0, 0)]


@asynccontextmanager
async def one(slots: Slots) -> AsyncIterator[None]:
    await slots.acquire()
    try:
        yield
    finally:
        slots.release()


async def hold(slots: Slots, log: list[str], name: str, for_s: float = 1.0) -> None:
    async with one(slots):
        log.append(name)
        await asyncio.sleep(for_s)


def test_a_slot_whose_waiter_was_cancelled_goes_to_the_next() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], float, bool]:
        slots, log = Slots(1, clock), list[str]()
        tasks = [asyncio.create_task(hold(slots, log, name)) for name in "abc"]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with one(slots):
            return log, clock.monotonic(), slots.is_contended

    assert virtually(main) == (["a", "c"], 2, False)


def test_a_slot_that_is_handed_to_somebody_cancelled_at_that_moment_is_not_lost() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        slots, log = Slots(1, clock), list[str]()
        first, second = (asyncio.create_task(hold(slots, log, name)) for name in "ab")
        await asyncio.sleep(0.5)
        first.cancel()
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await hold(slots, log, "c")
        return log

    assert virtually(main) == ["a", "c"]


def test_the_delay_is_that_of_the_one_who_has_waited_longest() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        slots, log = Slots(1, clock), list[str]()
        seen = [slots.delay_s]
        tasks = [asyncio.create_task(hold(slots, log, name, 5)) for name in "abc"]
        for _ in range(3):
            await asyncio.sleep(2)
            seen.append(slots.delay_s)
        await asyncio.gather(*tasks)
        return [*seen, slots.delay_s]

    assert virtually(main) == [0, 2, 4, 6, 0]
