"""Processes that share one core, so that whatever slows that core down slows all of them down alike."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psutil

__all__ = ["sharing_a_core"]


@contextmanager
def sharing_a_core(pids: Iterable[int], others: Iterable[int]) -> Iterator[None]:
    """Meanwhile the first processes have one core for themselves; this one and the others have what is left.

    Nothing is done where the system has no such choice, or where there is only one core.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:  # noqa: PLR2004 - one for each of the two groups
        yield
        return
    try:
        for pid in pids:
            _move(pid, cores[-1:])
        for pid in (os.getpid(), *others):
            _move(pid, cores[:-1])
        yield
    finally:
        _move(os.getpid(), cores)


def _move(pid: int, cores: list[int]) -> None:
    """With all threads that it has now; those that it starts later follow the one that starts them."""
    with suppress(psutil.Error):
        for thread in psutil.Process(pid).threads():
            with suppress(OSError):
                os.sched_setaffinity(thread.id, cores)
