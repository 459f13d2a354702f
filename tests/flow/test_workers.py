"""Worker processes as they are: started, killed, hung, and ended."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from service.clocks import SystemClock
from service.core.errors import WorkLost
from service.flow.inline import Inline
from service.flow.workers import Workers, worker_count
from service.observe.meter import MemoryMeter

pytestmark = pytest.mark.real


def add(a: int, b: int) -> int:
    return a + b


def worker_id(_: int) -> int:
    return os.getpid()


def refuse(text: str) -> NoReturn:
    raise ValueError(text)


def refuse_strangely() -> NoReturn:
    class Local(Exception):
        """One that does not fit through a pipe."""

    raise Local


def print_something() -> str:
    print("no answer")  # noqa: T201 - what a worker must not take for an answer
    return "an answer"


def die() -> NoReturn:
    os._exit(3)


def hang(started: str) -> None:
    """Says that it has begun, and does not end."""
    Path(started).write_text(str(os.getpid()))
    while True:
        time.sleep(60)


class Pool:
    """Workers and what they counted."""

    def __init__(self, size: int = 1, **options: Any) -> None:
        self.meter = MemoryMeter()
        self.workers = Workers(Inline(SystemClock()), self.meter, size=size, **options)

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return await self.workers("test", function, *args)

    @property
    def counts(self) -> dict[str, int]:
        return self.meter.by_label("pool")


def within(act: Callable[[Pool], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        pool = Pool(**options)
        try:
            await act(pool)
        finally:
            await pool.workers.aclose()

    asyncio.run(main())


async def begun(path: Path) -> int:
    """The process that a hanging call runs in."""
    while not path.exists() or not path.read_text():  # noqa: ASYNC110, ASYNC240 - another process writes it
        await asyncio.sleep(0.01)
    return int(path.read_text())  # noqa: ASYNC240 - a few bytes


def is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_function_runs_in_another_process_which_is_kept() -> None:
    async def act(pool: Pool) -> None:
        assert pool.workers.processes == []
        assert await pool.run(add, 2, 3) == 5
        where = [await pool.run(worker_id, n) for n in range(3)]
        assert where == pool.workers.processes * 3
        assert where[0] != os.getpid()
        assert pool.counts == {"started": 1, "done": 4}

    within(act)


def test_there_are_no_more_processes_than_the_size_and_all_calls_are_answered() -> None:
    async def act(pool: Pool) -> None:
        assert await asyncio.gather(*(pool.run(add, n, n) for n in range(20))) == [2 * n for n in range(20)]
        assert len(pool.workers.processes) == 2

    within(act, size=2)


def test_what_the_function_raises_is_the_callers_and_the_process_goes_on() -> None:
    async def act(pool: Pool) -> None:
        with pytest.raises(ValueError, match="too long"):
            await pool.run(refuse, "too long")
        with pytest.raises(RuntimeError, match="Local"):
            await pool.run(refuse_strangely)
        assert await pool.run(add, 1, 1) == 2
        assert pool.counts["started"] == 1

    within(act)


def test_what_a_function_prints_is_no_answer() -> None:
    async def act(pool: Pool) -> None:
        assert await pool.run(print_something) == "an answer"
        assert await pool.run(add, 1, 1) == 2

    within(act)


def test_a_process_that_ends_loses_its_call_alone_and_is_replaced() -> None:
    async def act(pool: Pool) -> None:
        with pytest.raises(WorkLost):
            await pool.run(die)
        assert await pool.run(add, 1, 1) == 2
        assert pool.counts == {"started": 2, "died": 1, "done": 1}

    within(act)


def test_a_process_that_is_killed_in_the_middle_of_its_work_is_replaced(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        call = asyncio.create_task(pool.run(hang, str(tmp_path / "started")))
        os.kill(await begun(tmp_path / "started"), signal.SIGKILL)
        with pytest.raises(WorkLost, match="ended"):
            await call
        assert await pool.run(add, 1, 1) == 2

    within(act)


def test_a_process_that_was_killed_while_idle_is_not_given_work() -> None:
    async def act(pool: Pool) -> None:
        await pool.run(add, 1, 1)
        [process] = pool.workers._idle
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        assert await pool.run(add, 1, 2) == 3
        assert pool.counts == {"started": 2, "done": 2}

    within(act)


def test_a_process_that_hangs_is_ended_and_replaced(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        with pytest.raises(WorkLost, match="no result within"):
            await pool.run(hang, str(tmp_path / "started"))
        assert pool.workers.processes == []
        assert await pool.run(add, 1, 1) == 2

    within(act, timeout_s=2.0)


def test_a_call_that_is_cancelled_ends_its_process(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        call = asyncio.create_task(pool.run(hang, str(tmp_path / "started")))
        process_id = await begun(tmp_path / "started")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert is_gone(process_id)
        assert await pool.run(add, 1, 1) == 2

    within(act)


def test_calls_beyond_the_bound_are_lost_at_once(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        calls = [asyncio.create_task(pool.run(hang, str(tmp_path / "started")))]
        await begun(tmp_path / "started")
        calls += [asyncio.create_task(pool.run(add, n, 0)) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(WorkLost, match="too many"):
            await pool.run(add, 9, 0)
        calls[0].cancel()
        assert await asyncio.gather(*calls[1:]) == [0, 1]

    within(act, max_waiting=2)


def test_the_end_does_not_wait_for_work_and_leaves_no_process(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        call = asyncio.create_task(pool.run(hang, str(tmp_path / "started")))
        process_id = await begun(tmp_path / "started")
        await pool.workers.aclose()
        with pytest.raises(WorkLost):
            await call
        assert is_gone(process_id)
        with pytest.raises(WorkLost, match="the service ends"):
            await pool.run(add, 1, 1)

    within(act)


def test_where_no_process_can_be_started_the_work_is_done_inline() -> None:
    async def act(pool: Pool) -> None:
        assert await pool.run(worker_id, 0) == os.getpid()
        assert pool.counts == {"inline": 1}

    within(act, program=["/nothing/here"])


def test_a_program_that_is_no_worker_is_ended_and_the_work_done_inline() -> None:
    async def act(pool: Pool) -> None:
        assert await pool.run(add, 1, 1) == 2
        assert pool.counts == {"inline": 1}

    within(act, program=[sys.executable, "-c", ""])


def test_a_worker_does_not_outlive_its_bot(tmp_path: Path) -> None:
    async def act(pool: Pool) -> None:
        process_id = await pool.run(worker_id, 0)
        [process] = pool.workers._idle
        assert process.stdin is not None
        process.stdin.close()  # as the system does when the bot is killed
        await process.wait()
        assert is_gone(process_id)

    within(act)


def test_there_is_at_least_one_worker_and_few_at_most() -> None:
    assert 1 <= worker_count() <= 4
