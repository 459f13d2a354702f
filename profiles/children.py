"""Functions in processes of their own, with their progress."""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

__all__ = ["Work", "in_processes"]

T = TypeVar("T")

_END_S = 20.0  # a bot is given 15 s to end

Work = Callable[[Callable[[int], None]], T]
"""Something to do; it is given the function that it tells its progress to."""


def in_processes(works: Sequence[Work[T]], tick: Callable[[int], None], *, at_once: int) -> list[T]:
    """Does all of it, at most `at_once` at the same time; results come in the order of the works.

    The works and their results must be picklable. An error in one of them is raised here, and the others are ended.
    """
    results: dict[int, T] = {}
    waiting = list(enumerate(works))
    running: dict[Connection, tuple[int, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                number, work = waiting.pop(0)
                connection, process = _start(work)
                running[connection] = number, process
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)  # noqa: S101 - nothing else is waited for
                _receive(ready, running, results, tick)
    finally:
        _end([process for _, process in running.values()])
    return [results[number] for number in range(len(works))]


def _end(processes: Sequence[Any]) -> None:
    """They are asked first: what they started themselves is to end with them."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_END_S)
        process.kill()
        process.join()


def _start(work: Work[T]) -> tuple[Connection, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _receive(
    ready: Connection, running: dict[Connection, tuple[int, Any]], results: dict[int, T], tick: Callable[[int], None]
) -> None:
    number, process = running[ready]
    try:
        kind, content = ready.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"a process of the bench ended with code {process.exitcode}") from None
    if kind == "tick":
        tick(content)
        return
    del running[ready]
    process.join()
    if kind == "error":
        raise content
    results[number] = content


def _child(work: Work[T], out: Connection) -> None:
    """A stroke of Ctrl-C is the parent's business; when that says so, this ends, and with it what it has started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        result = work(partial(_tell, out))
    except Exception as error:  # noqa: BLE001 - raised again in the parent
        out.send(("error", error))
    else:
        out.send(("result", result))


def _tell(out: Connection, count: int) -> None:
    out.send(("tick", count))
