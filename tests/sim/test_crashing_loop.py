"""A crash falls before exactly the step that was asked for."""

import asyncio

import pytest

from profiles.simulate.crashing_loop import CrashingLoop, run_crashing


def steps_until_crash(after: int) -> list[int]:
    """The steps of a task that counts, until it is cancelled by the crash."""

    async def main(loop: CrashingLoop) -> list[int]:
        seen: list[int] = []

        async def work() -> None:
            for number in range(10):
                seen.append(number)
                await asyncio.sleep(0)

        task = loop.create_task(work())

        def crash() -> None:
            task.cancel()

        loop.crash_in(after, crash)
        await asyncio.wait({task})
        return seen

    return run_crashing(main)


@pytest.mark.parametrize("after", range(8))
def test_a_crash_before_the_nth_step_lets_n_steps_run(after: int) -> None:
    assert steps_until_crash(after) == list(range(after))


def test_a_crash_takes_no_time_and_happens_once() -> None:
    async def main(loop: CrashingLoop) -> tuple[int, float]:
        crashes: list[float] = []
        loop.crash_in(3, lambda: crashes.append(loop.time()))
        for _ in range(20):
            await asyncio.sleep(0)
        return len(crashes), crashes[0]

    assert run_crashing(main) == (1, 0.0)


def test_a_later_crash_takes_the_place_of_one_that_has_not_come() -> None:
    async def main(loop: CrashingLoop) -> list[str]:
        crashes: list[str] = []
        loop.crash_in(3, lambda: crashes.append("first"))
        loop.crash_in(5, lambda: crashes.append("second"))
        for _ in range(20):
            await asyncio.sleep(0)
        return crashes

    assert run_crashing(main) == ["second"]


def test_tasks_come_in_the_order_in_which_they_were_made() -> None:
    async def main(loop: CrashingLoop) -> list[str]:
        for number in range(5_000):
            done = loop.create_task(asyncio.sleep(0), name=f"done {number}")
            if number % 100 == 0:
                await done
        waiting = [loop.create_task(asyncio.sleep(9), name=f"waits {number}") for number in range(5)]
        await asyncio.sleep(1)
        names = [task.get_name() for task in loop.tasks() if task in waiting]
        assert len(list(loop.tasks())) == 6
        return names

    assert run_crashing(main) == [f"waits {number}" for number in range(5)]
