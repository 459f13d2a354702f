"""A program around the bot's own: `PYTHON child.py KIND FOLDER -- -m pulse_cli serve ...`, profiled.

It is run as a file and knows nothing but the standard library and the profilers, so that the bot of any checkout can be
profiled, by that checkout's interpreter. Each SIGUSR1 is a mark: what has been recorded until then is written into
FOLDER, then the empty file `mark-N`. What the marks mean depends on KIND:

    cpu     the first one begins, the second one ends: where the event loop's processor time goes
    waits   the same: what the tasks are waiting for
    heap    each one: what is alive of all that was allocated since the start of the process, by the allocating line
    growth  each one: what is alive of all that was allocated since the first one
    memray  the first one ends: every allocation since the start of the process
    leaks   the first one begins, the second one ends: every allocation in between

Neither arguments nor the environment nor any value is written: they may hold secrets.
"""

import asyncio
import gc
import itertools
import json
import runpy
import signal
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

__all__ = ["CPU_INTERVAL_S", "KINDS", "WAIT_INTERVAL_S", "main"]

CPU_INTERVAL_S = 0.001
"""Of processor time, asked for between two samples of the stack; kernels round it up to their tick, often 4 ms."""

WAIT_INTERVAL_S = 0.01
"""Between two looks at what the tasks wait for."""

_MAX_TASKS = 10_000
_MAX_DEPTH = 200
_PROGRAM = "the bot"


class _Cpu:
    """Stacks at ticks of the process's processor time: an idle loop takes none, and a busy machine adds none.

    A hook on every call, as pyinstrument and cProfile set it, makes this program three to seven times as slow, and
    what calls much slower than what computes; a timer costs it little and treats all alike.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._began_s = 0.0

    def mark(self, number: int) -> None:
        if number == 1:
            self._began_s = time.process_time()
            signal.signal(signal.SIGPROF, self._tick)
            signal.setitimer(signal.ITIMER_PROF, CPU_INTERVAL_S, CPU_INTERVAL_S)
        elif self._began_s:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            cpu_s = time.process_time() - self._began_s
            stacks = [{"frames": frames, "count": count} for frames, count in self._seen.items()]
            _write(self._folder / "cpu.json", {"cpu_s": cpu_s, "stacks": stacks})

    def _tick(self, _signal: int, frame: FrameType | None) -> None:
        frames = []
        while frame is not None:
            frames.append(_place(frame.f_code, frame.f_lineno))
            frame = frame.f_back
        self._seen[tuple(reversed(frames))] += 1


class _Waits:
    """Which line each task waits at, again and again; the whole chain of awaits of each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._looks = 0
        self._timer: asyncio.TimerHandle | None = None

    def mark(self, number: int) -> None:
        if number == 1:
            self._look()
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None
            stacks = [{"frames": frames, "count": count} for frames, count in self._seen.items()]
            _write(self._folder / "waits.json", {"interval_s": WAIT_INTERVAL_S, "looks": self._looks, "stacks": stacks})

    def _look(self) -> None:
        for task in itertools.islice(asyncio.all_tasks(), _MAX_TASKS):
            self._seen[tuple(_chain(task.get_coro()))] += 1
        self._looks += 1
        self._timer = asyncio.get_running_loop().call_later(WAIT_INTERVAL_S, self._look)


class _Heap:
    """tracemalloc, one frame deep: ten would cost twenty times the processor time."""

    def __init__(self, folder: Path, begins: int) -> None:
        self._folder = folder
        self._begins = begins
        self._code = Counter[str]()
        if begins == 0:
            tracemalloc.start(1)
            self._weigh_code()

    def mark(self, number: int) -> None:
        gc.collect()
        if number == self._begins:
            tracemalloc.start(1)
            return
        lines = tracemalloc.take_snapshot().statistics("lineno")
        sites = [
            {
                "file": line.traceback[0].filename,
                "line": line.traceback[0].lineno,
                "bytes": line.size,
                "blocks": line.count,
            }
            for line in lines
        ]
        _write(self._folder / f"heap-{number}.json", {"sites": sites, "code": self._code})

    def _weigh_code(self) -> None:
        """The code of a module is allocated by the machinery of imports: here it is told by the module's file."""
        get_code = SourceFileLoader.get_code

        def weighed(loader: SourceFileLoader, name: str) -> CodeType | None:
            before = tracemalloc.get_traced_memory()[0]
            code = get_code(loader, name)
            self._code[loader.path] += max(0, tracemalloc.get_traced_memory()[0] - before)
            return code

        SourceFileLoader.get_code = weighed  # type: ignore[assignment,method-assign]  # in the profiled program alone


class _Memray:
    """memray, with the allocations of Python's own allocator; `begins` at the mark of that number, 0 at the start."""

    def __init__(self, folder: Path, begins: int) -> None:
        self._folder = folder
        self._begins = begins
        self._tracker: Any = None
        if begins == 0:
            self._begin()

    def mark(self, number: int) -> None:
        if number == self._begins:
            gc.collect()
            self._begin()
        elif self._tracker is not None:
            gc.collect()
            self._tracker.__exit__(None, None, None)
            self._tracker = None

    def _begin(self) -> None:
        import memray  # noqa: PLC0415 - only this kind needs it

        said, sys.argv = sys.argv, [_PROGRAM]  # memray writes the command line into its file
        try:
            self._tracker = memray.Tracker(self._folder / "memray.bin", trace_python_allocators=True)
            self._tracker.__enter__()
        finally:
            sys.argv = said


KINDS: dict[str, Callable[[Path], Any]] = {
    "cpu": _Cpu,
    "waits": _Waits,
    "heap": lambda folder: _Heap(folder, 0),
    "growth": lambda folder: _Heap(folder, 1),
    "memray": lambda folder: _Memray(folder, 0),
    "leaks": lambda folder: _Memray(folder, 1),
}
"""The profilers by their names."""


def main() -> None:
    """Runs the program that is named after `--`."""
    split = sys.argv.index("--")
    kind, folder = sys.argv[1:split]
    program = sys.argv[split + 1 :]
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [place for place in sys.path if place != here]  # its neighbours are no modules of the bot's
    _listen_in(Path(folder), KINDS[kind](Path(folder)))
    if program[0] == "-m":
        sys.argv = program[1:]
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")


def _listen_in(folder: Path, profiler: Any) -> None:
    """Marks are taken inside the event loop: a profiler that begins outside sees nothing but the loop."""
    import uvloop  # noqa: PLC0415 - after the profiler: what it needs is the bot's

    run = uvloop.run
    numbers = itertools.count(1)

    def mark() -> None:
        number = next(numbers)
        profiler.mark(number)
        (folder / f"mark-{number}").touch()

    async def heard(bot: Any) -> Any:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, mark)
        return await bot

    uvloop.run = lambda bot, **options: run(heard(bot), **options)


def _chain(awaited: Any) -> Iterator[str]:
    """The lines that a coroutine and those it awaits stand at, outermost first."""
    for _ in range(_MAX_DEPTH):
        frame = _first(awaited, "cr_frame", "gi_frame", "ag_frame")
        if frame is None:
            return
        yield _place(frame.f_code, frame.f_lineno)
        awaited = _first(awaited, "cr_await", "gi_yieldfrom", "ag_await")


def _first(owner: Any, *names: str) -> Any:
    return next((found for name in names if (found := getattr(owner, name, None)) is not None), None)


def _place(code: CodeType, line: int | None) -> str:
    """As pyinstrument writes it."""
    return f"{code.co_qualname}\x00{code.co_filename}\x00{line or code.co_firstlineno}"


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    main()
