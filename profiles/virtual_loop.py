"""An event loop whose clock jumps to the next timer: an hour of sleeping takes as long as the code in between.

Nothing waits for the machine, so the same program gives the same interleaving, to the last digit, anywhere:

- when a callback is ready it runs; otherwise the clock is set to exactly the next timer's time, and timers of the same
  time run in the order they were set;
- jobs given to an executor run in real threads but take no virtual time: the clock stands still until they
  are done, and their results arrive when nothing else is ready, in the order the jobs were given;
- when nothing is ready, scheduled or running, nothing can ever happen again: `DeadlockError`.

There are no sockets in virtual time, nor name lookups; asking for one is an error. A thread that was not started
through `run_in_executor` is invisible to the clock.
"""

import asyncio
import heapq
import math
import selectors
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import Context
from typing import Any, NamedTuple, NoReturn, TypeVar, TypeVarTuple

__all__ = ["DeadlockError", "StuckJobError", "VirtualLoop", "VirtualTimeError"]

T = TypeVar("T")
_Ts = TypeVarTuple("_Ts")


class VirtualTimeError(RuntimeError):
    """Something that cannot be in virtual time: `DeadlockError`, `StuckJobError`, or the use of a socket."""


class DeadlockError(VirtualTimeError):
    """Every task waits, and no timer or job is left that could wake one of them."""


class StuckJobError(VirtualTimeError):
    """An executor job kept virtual time standing still for longer than the loop's limit, in real seconds."""


class _Job(NamedTuple):
    """Work in a thread, and the future on the loop that waits for it."""

    thread_side: Future[Any]
    loop_side: asyncio.Future[Any]


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time, which starts at 0; `asyncio.Runner(loop_factory=VirtualLoop)` runs it."""

    def __init__(self, *, job_limit_s: float = 120.0) -> None:
        """Creates the loop; an executor job may run for `job_limit_s` real seconds."""
        self._job_limit_s = job_limit_s
        self._now_s = 0.0
        self._jobs: deque[_Job] = deque()
        self._news = threading.Event()
        self._workers: ThreadPoolExecutor | None = None
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers_set = 0
        self._marks_s: Iterator[float] = iter(())
        self._next_mark_s = math.inf
        self._on_mark: Callable[[float], None] = lambda _mark_s: None
        super().__init__(_NoSelector())

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Moves the clock forward at once, as blocking work does: timers that fall due in between run late."""
        if seconds < 0:
            raise ValueError(f"time does not go back by {-seconds} s")
        self._move_to(self._now_s + seconds)

    def mark(self, marks_s: Iterable[float], on_mark: Callable[[float], None]) -> None:
        """Calls `on_mark` with each of these ascending times when all that happens up to then has happened.

        It is no timer: nothing that is to run is run in another order or at another time, and a mark that is never
        reached keeps nothing waiting. `on_mark` may look, and touch nothing. It replaces the marks set before.
        """
        self._marks_s, self._on_mark = iter(marks_s), on_mark
        self._next_mark_s = next(self._marks_s, math.inf)

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, in a heap of our own: tuples compare without running Python, and have an order for ties."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timers_set += 1
        heapq.heappush(self._timers, (when, self._timers_set, timer))
        return timer

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], T], *args: *_Ts) -> asyncio.Future[T]:
        """As asyncio's, in zero virtual time and with results in the order of the calls."""
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        pool = executor or self._own_workers()
        job = _Job(pool.submit(func, *args), self.create_future())
        job.thread_side.add_done_callback(lambda _: self._news.set())
        self._jobs.append(job)
        return job.loop_side

    def close(self) -> None:
        """Closes the loop; its threads end with the job they are at."""
        super().close()
        if self._workers:
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def create_connection(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: a socket lives in real time."""
        raise VirtualTimeError(f"no connections in virtual time: {args} {kwargs}")

    async def create_server(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, too."""
        raise VirtualTimeError(f"no servers in virtual time: {args} {kwargs}")

    async def getaddrinfo(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: a name lookup depends on the machine."""
        raise VirtualTimeError(f"no name lookups in virtual time: {args} {kwargs}")

    def _own_workers(self) -> ThreadPoolExecutor:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(thread_name_prefix="virtual")
        return self._workers

    def _run_once(self) -> None:
        """One turn of the loop, in the place of CPython's: there is no socket to look at, and a clock to move."""
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]  # CPython's own name in all versions
        self._take_due(ready)
        if not ready and not self._stopping:  # type: ignore[attr-defined]  # as above
            self._wait()
            self._take_due(ready)
        for _ in range(len(ready)):  # what they make ready waits for the next turn
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - as CPython's loop does

    def _take_due(self, ready: deque[asyncio.Handle]) -> None:
        timers = self._timers
        while timers and (timers[0][0] <= self._now_s or timers[0][2].cancelled()):
            ready.append(heapq.heappop(timers)[2])

    def _wait(self) -> None:
        """Called when nothing is ready: lets a job finish, else jumps to the next timer."""
        if self._jobs:
            self._await_job()
        elif self._timers:
            self._move_to(self._timers[0][0])
        else:
            raise DeadlockError(_explain(asyncio.all_tasks(self)))

    def _move_to(self, then_s: float) -> None:
        while self._next_mark_s < then_s:
            self._on_mark(self._next_mark_s)
            self._next_mark_s = next(self._marks_s, math.inf)
        self._now_s = then_s

    def _await_job(self) -> None:
        """Waits in real time for the oldest job, or for a callback posted by a thread."""
        job = self._jobs[0]
        while not job.thread_side.done():
            self._news.clear()
            if self._ready or job.thread_side.done():  # type: ignore[attr-defined]  # as above
                return
            if not self._news.wait(self._job_limit_s):
                raise StuckJobError(f"an executor job has been running for {self._job_limit_s:g} real seconds")
        self._jobs.popleft()
        _hand_over(job)

    def _make_self_pipe(self) -> None:
        """A loop usually wakes itself through a pair of sockets; this one sleeps on an event instead."""

    def _close_self_pipe(self) -> None:
        pass

    def _write_to_self(self) -> None:
        self._news.set()


class _NoSelector(selectors.BaseSelector):
    """The loop's selector: there is nothing to select from."""

    def select(self, timeout: float | None = None) -> NoReturn:
        raise VirtualTimeError(f"no sockets or pipes in virtual time: select for {timeout} s")

    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        raise VirtualTimeError(f"no sockets or pipes in virtual time: {fileobj}, {events}, {data}")

    def unregister(self, fileobj: Any) -> NoReturn:
        raise KeyError(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


def _hand_over(job: _Job) -> None:
    """Gives the thread's result to whoever waits for it, unless they have stopped waiting."""
    if job.loop_side.cancelled():
        return
    if job.thread_side.cancelled():
        job.loop_side.cancel()
    elif error := job.thread_side.exception():
        job.loop_side.set_exception(error)
    else:
        job.loop_side.set_result(job.thread_side.result())


def _explain(tasks: set[asyncio.Task[Any]]) -> str:
    places = sorted(f"{task.get_name()} at {_place(task.get_coro())}" for task in tasks)
    return f"nothing can ever happen again: {len(places)} tasks wait for each other: {'; '.join(places)}"


def _place(coroutine: Any) -> str:
    """File and line of the innermost await of ours that can be seen."""
    place = "?"
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        coroutine = coroutine.cr_await
    return place
