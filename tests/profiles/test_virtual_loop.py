"""Virtual time: what jumps, what waits, and what is an error."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from profiles.virtual_loop import DeadlockError, StuckJobError, VirtualLoop, VirtualTimeError

T = TypeVar("T")


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_day_of_sleep_is_over_at_once_and_lasts_a_day() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400 * 3)
        return now_s()

    assert run(main) == 86_400 * 3


def test_a_timer_fires_at_exactly_its_time() -> None:
    async def main() -> list[float]:
        seen: list[float] = []
        loop = asyncio.get_running_loop()
        for when in (0.1, 0.1000000001, 0.30000000000000004, 7.123456789):
            loop.call_at(when, lambda: seen.append(now_s()))
        await asyncio.sleep(8)
        return seen

    assert run(main) == [0.1, 0.1000000001, 0.30000000000000004, 7.123456789]


def test_timers_of_the_same_time_fire_in_the_order_they_were_set() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        for number in range(50):
            asyncio.get_running_loop().call_at(1.0 if number % 3 else 2.0, seen.append, number)
        await asyncio.sleep(3)
        return seen

    assert run(main) == sorted(range(50), key=lambda number: (number % 3 == 0, number))


def test_a_timer_that_was_cancelled_does_not_move_time() -> None:
    async def main() -> float:
        asyncio.get_running_loop().call_at(5.0, lambda: None).cancel()
        await asyncio.sleep(7)
        asyncio.get_running_loop().call_at(8.0, lambda: None).cancel()
        return now_s()

    assert run(main) == 7.0


def test_ready_callbacks_all_run_before_time_moves() -> None:
    async def main() -> float:
        asyncio.get_running_loop().call_later(0.001, lambda: None)
        for _ in range(1000):
            await asyncio.sleep(0)
        return now_s()

    assert run(main) == 0.0


def test_tasks_wake_in_the_order_of_their_times() -> None:
    async def main() -> list[int]:
        order: list[int] = []

        async def sleeper(number: int) -> None:
            await asyncio.sleep(number)
            order.append(number)

        async with asyncio.TaskGroup() as group:
            for number in (3, 1, 2):
                group.create_task(sleeper(number))
        return order

    assert run(main) == [1, 2, 3]


def test_a_timeout_fires_at_its_deadline() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await asyncio.sleep(9)
        return now_s()

    assert run(main) == 1.5


def test_a_timeout_does_not_fire_while_a_thread_works() -> None:
    async def main() -> tuple[bool, float]:
        async with asyncio.timeout(0.001):
            return await asyncio.to_thread(threading.Event().wait, 0.05), now_s()

    assert run(main) == (False, 0.0)


def test_results_of_threads_arrive_in_the_order_of_the_calls() -> None:
    async def main() -> list[int]:
        order: list[int] = []
        second_done = threading.Event()

        async def job(number: int, work: Callable[[], Any]) -> None:
            await asyncio.to_thread(work)
            order.append(number)

        async with asyncio.TaskGroup() as group:
            group.create_task(job(1, lambda: second_done.wait(5)))
            group.create_task(job(2, second_done.set))
        return order

    assert run(main) == [1, 2]


def test_an_error_in_a_thread_reaches_who_waits_for_it() -> None:
    async def main() -> None:
        await asyncio.to_thread(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        run(main)


def test_a_thread_can_call_back_while_the_loop_waits_for_it() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def main() -> int:
        loop = asyncio.get_running_loop()
        return await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(answer(), loop).result(5))

    assert run(main) == 42


def test_a_job_that_nobody_waits_for_any_more_is_dropped() -> None:
    async def main() -> float:
        job = asyncio.get_running_loop().run_in_executor(None, threading.Event().wait, 0.01)
        job.cancel()
        await asyncio.sleep(1)
        return now_s()

    assert run(main) == 1.0


def test_a_job_that_never_ends_is_an_error() -> None:
    release = threading.Event()

    async def main() -> None:
        await asyncio.to_thread(release.wait, 30)

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(job_limit_s=0.05)) as runner:
        with pytest.raises(StuckJobError, match=r"0\.05 real seconds"):
            runner.run(main())
        release.set()


def test_a_deadlock_is_an_error_that_names_the_tasks() -> None:
    async def main() -> None:
        await asyncio.create_task(asyncio.Event().wait(), name="waits for nobody")

    with pytest.raises(DeadlockError, match=r"2 tasks wait for each other: .*waits for nobody at .*locks\.py"):
        run(main)


def test_after_a_deadlock_tasks_still_clean_up() -> None:
    cleaned: list[bool] = []

    async def main() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.append(True)

    with pytest.raises(DeadlockError):
        run(main)
    assert cleaned == [True]


def test_blocking_work_makes_timers_late() -> None:
    async def main() -> list[float]:
        seen: list[float] = []
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.call_later(0.125, lambda: seen.append(now_s()))
        loop.advance(0.5)
        await asyncio.sleep(0.25)
        return [*seen, now_s()]

    assert run(main) == [0.5, 0.75]


def test_time_does_not_go_back() -> None:
    loop = VirtualLoop()
    with pytest.raises(ValueError, match="does not go back"):
        loop.advance(-1.0)
    loop.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda: asyncio.open_connection("127.0.0.1", 1),
        lambda: asyncio.start_server(print, "127.0.0.1", 0),
        lambda: asyncio.get_running_loop().getaddrinfo("localhost", 1),
    ],
    ids=["client", "server", "name"],
)
def test_the_network_is_an_error(use: Callable[[], Awaitable[Any]]) -> None:
    async def main() -> None:
        await use()

    with pytest.raises(VirtualTimeError, match="in virtual time"):
        run(main)


def test_a_socket_of_ones_own_is_an_error() -> None:
    async def main() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            asyncio.get_running_loop().add_reader(ours, print)

    with pytest.raises(VirtualTimeError, match="no sockets or pipes"):
        run(main)


def test_the_order_of_events_does_not_depend_on_the_hash_seed() -> None:
    program = """
import asyncio, hashlib
from profiles.virtual_clock import SeededDice, run_virtual

async def main(clock):
    dice, log = SeededDice(3), []
    async def worker(name):
        for _ in range(50):
            await clock.sleep(dice.uniform())
            log.append((name, clock.monotonic()))
    async with asyncio.TaskGroup() as group:
        for name in ("ann", "bob", "cid", "dot"):
            group.create_task(worker(name))
    return hashlib.sha256(repr(log).encode()).hexdigest()

print(run_virtual(main, start_unix_s=0))
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_a_mark_sees_all_that_happened_up_to_it_and_nothing_later() -> None:
    loop, done, seen = VirtualLoop(), list[float](), list[tuple[float, int]]()

    async def work() -> None:
        for _ in range(4):
            await asyncio.sleep(1.0)
            done.append(loop.time())
        loop.advance(2.5)

    loop.mark([0.5, 1.0, 3.5, 5.0, 99.0], lambda mark_s: seen.append((mark_s, len(done))))
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work())
    assert seen == [(0.5, 0), (1.0, 1), (3.5, 3), (5.0, 4)]
    assert done == [1.0, 2.0, 3.0, 4.0]
