"""Time limits kept by one timer."""

import asyncio

import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.deadlines import Deadlines


async def wait(deadlines: Deadlines, seconds: float) -> float:
    """Waits, and gives the time at which the wait was over."""
    loop = asyncio.get_running_loop()
    try:
        with deadlines.limit():
            await asyncio.sleep(seconds)
    except TimeoutError:
        return -loop.time()
    return loop.time()


@pytest.mark.parametrize(("seconds", "ends_at"), [(4.0, 4.0), (6.0, -5.0)])
def test_a_wait_ends_by_itself_or_at_its_limit(seconds: float, ends_at: float) -> None:
    async def main(_: VirtualClock) -> float:
        return await wait(Deadlines(5.0), seconds)

    assert run_virtual(main, start_unix_s=0.0) == ends_at


def test_each_wait_has_its_own_limit_whoever_ends_before() -> None:
    async def later(deadlines: Deadlines, begins_at: float, seconds: float) -> float:
        await asyncio.sleep(begins_at)
        return await wait(deadlines, seconds)

    async def main(_: VirtualClock) -> list[float]:
        deadlines = Deadlines(5.0)
        waits = [(0.0, 1.0), (0.5, 9.0), (2.0, 9.0), (3.0, 4.0), (20.0, 9.0)]
        return await asyncio.gather(*(later(deadlines, *one) for one in waits))

    assert run_virtual(main, start_unix_s=0.0) == [1.0, -5.5, -7.0, 7.0, -25.0]


def test_a_cancellation_is_not_taken_for_the_limit() -> None:
    async def main(_: VirtualClock) -> bool:
        task = asyncio.create_task(wait(Deadlines(5.0), 9.0))
        await asyncio.sleep(1.0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run_virtual(main, start_unix_s=0.0)


def test_a_cancellation_at_the_moment_of_the_limit_is_heard() -> None:
    async def main(clock: VirtualClock) -> bool:
        task = asyncio.create_task(wait(Deadlines(5.0), 9.0))
        asyncio.get_running_loop().call_later(5.0, task.cancel)
        await asyncio.wait([task])
        assert clock.monotonic() == 5.0
        return task.cancelled()

    assert run_virtual(main, start_unix_s=0.0)


def test_the_inner_of_two_limits_is_the_one_that_is_told() -> None:
    async def main(_: VirtualClock) -> float:
        with Deadlines(8.0).limit():
            return await wait(Deadlines(5.0), 9.0)

    assert run_virtual(main, start_unix_s=0.0) == -5.0


def test_nothing_of_a_limit_is_left_for_the_next_wait() -> None:
    async def main(_: VirtualClock) -> float:
        try:
            with Deadlines(5.0).limit():
                await asyncio.sleep(9.0)
        except TimeoutError:
            await asyncio.sleep(1.0)
        current = asyncio.current_task()
        assert current is not None
        assert current.cancelling() == 0
        return asyncio.get_running_loop().time()

    assert run_virtual(main, start_unix_s=0.0) == 6.0


def test_it_is_for_tasks() -> None:
    failures: list[BaseException] = []

    async def main(clock: VirtualClock) -> None:
        def outside() -> None:
            try:
                with Deadlines(5.0).limit():
                    pass
            except RuntimeError as error:
                failures.append(error)

        asyncio.get_running_loop().call_soon(outside)
        await clock.sleep(1.0)

    run_virtual(main, start_unix_s=0.0)
    assert len(failures) == 1
