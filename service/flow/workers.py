"""Work that keeps a processor busy, beside the event loop (item 5.2): few processes, started when they are needed.

Processes and not threads: what draws and renders here is Python, and holds the interpreter. Each has pipes of its own
and not a shared pool's, so that the one that hangs or dies is ended alone.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from service.core.errors import WorkLost
from service.flow.worker_process import HEAD_BYTES, READY, frame
from service.ports import Compute, Meter

__all__ = ["MAX_WAITING", "PROGRAM", "START_S", "TIMEOUT_S", "Workers", "worker_count"]

MAX_WAITING = 256
"""Calls that may wait for a process; further ones are lost at once."""

TIMEOUT_S = 30.0
"""For one call; a process that takes longer is ended, and another one takes its place."""

START_S = 10.0

_MAX_WORKERS = 4
PROGRAM = (sys.executable, "-m", "service.flow.worker_process")


def worker_count() -> int:
    """A process for each core but the event loop's own; one at least, four at most."""
    return max(1, min(_MAX_WORKERS, (os.cpu_count() or 1) - 1))


class Workers:
    """Implements Compute. `fallback` computes when no process can be started; meters `pool`, by how a call ended.

    Processes are started when there is work for them, and kept.
    """

    def __init__(
        self,
        fallback: Compute,
        meter: Meter,
        *,
        size: int,
        timeout_s: float = TIMEOUT_S,
        max_waiting: int = MAX_WAITING,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._fallback = fallback
        self._meter = meter
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._program = program
        self._slots = asyncio.Semaphore(size)
        self._waiting = 0
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._is_closed = False
        self._log = structlog.get_logger("workers")

    @property
    def processes(self) -> list[int]:
        """The ids of the processes there are."""
        return [process.pid for process in (*self._idle, *self._busy)]

    async def __call__(self, work: str, function: Callable[..., Any], *args: Any) -> Any:
        """As Compute: lost are also calls beyond `max_waiting`, longer than the time limit, or after the end."""
        if self._waiting >= self._max_waiting:
            raise self._lost("full", "too many calls wait")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._run(work, function, args)
        finally:
            self._slots.release()

    async def aclose(self) -> None:
        """Ends all processes, in the middle of their work if need be."""
        self._is_closed = True
        processes = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(_end(process) for process in processes))

    async def _run(self, work: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if self._is_closed:
            raise self._lost("closed", "the service ends")
        process = await self._ready_process()
        if process is None:
            self._meter.count("pool", "inline")
            return await self._fallback(work, function, *args)
        self._busy.add(process)
        try:
            is_done, result = await self._ask(process, frame((function, args)))
        except BaseException:  # a call that was cancelled, too: its process still works on what nobody waits for
            self._busy.discard(process)
            await _end(process)
            raise
        self._busy.discard(process)
        await self._keep(process)
        self._meter.count("pool", "done")
        if not is_done:
            raise result
        return result

    async def _keep(self, process: Process) -> None:
        """For the next call, unless the end came in the middle of this one."""
        if self._is_closed:
            await _end(process)
        else:
            self._idle.append(process)

    async def _ask(self, process: Process, request: bytes) -> tuple[bool, Any]:
        try:
            async with asyncio.timeout(self._timeout_s):
                _input(process).write(request)
                await _input(process).drain()
                answer: tuple[bool, Any] = await _hear(process)
                return answer
        except TimeoutError as error:
            raise self._lost("late", f"no result within {self._timeout_s:g} s") from error
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._lost("died", "its process ended") from error

    async def _ready_process(self) -> Process | None:
        """An idle process that still lives, else a new one; None when none can be started."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        try:
            return await self._start()
        except (OSError, EOFError, TimeoutError) as error:
            self._log.warning("no worker process can be started, its work is done inline", error=repr(error))
            return None

    async def _start(self) -> Process:
        """A session of its own keeps the terminal's Ctrl-C from it: it ends after the bot, not before."""
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = await asyncio.create_subprocess_exec(
            *self._program, stdin=PIPE, stdout=PIPE, env=environ, start_new_session=True
        )
        try:
            async with asyncio.timeout(START_S):
                _check_ready(await _hear(process))
        except BaseException:
            await _end(process)
            raise
        self._meter.count("pool", "started")
        return process

    def _lost(self, label: str, what: str) -> WorkLost:
        self._meter.count("pool", label)
        return WorkLost(what)


async def _hear(process: Process) -> Any:
    """Raises EOFError when the process ends; IncompleteReadError is one."""
    output = process.stdout
    if output is None:
        raise EOFError("a process without output")
    size = int.from_bytes(await output.readexactly(HEAD_BYTES))
    return pickle.loads(await output.readexactly(size))  # noqa: S301 - from a process of ours, through a pipe of its own


def _check_ready(said: Any) -> None:
    if said != READY:
        raise EOFError("a process that is no worker")


def _input(process: Process) -> asyncio.StreamWriter:
    if process.stdin is None:
        raise EOFError("a process without input")
    return process.stdin


async def _end(process: Process) -> None:
    """Ends a process and waits until it is gone; nothing of its work is worth waiting for."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
