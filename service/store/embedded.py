"""The default store: a Valkey or Redis server of our own on a unix socket, its data in a directory.

One server per directory, whoever starts it. The starting process owns it: it holds a lock on the directory, which the
server inherits and keeps until it ends, so that two servers never write one append-only file. A second process joins
the running server and leaves it alone. A server that ends by itself is started again by its owner. When an owner
crashes, Linux stops its server; where that does not happen, the next process to come shuts the orphan down and starts
its own.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from service.core.errors import StoreUnavailable
from service.store import embedded_process
from service.store.embedded_process import STOP_S

__all__ = ["EmbeddedStore", "embedded"]

_READY_S = 5.0
_LOADING_S = 300.0  # a large append-only file takes its time, and says that it is being read
_ANSWER_S = 1.0
_POLL_S = 0.01
_WATCH_EVERY_S = 1.0
_SOCKET_PATH_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_SOCKET = "valkey.sock"


class EmbeddedStore(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answers: `url` for redis-py, its version, and whether this process started it.

    `pid` is its first process: a server that ends by itself is started again as another.
    """

    url: str
    pid: int
    version: str
    owned: bool


class _Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where one server's files are."""

    data_dir: Path
    socket: Path
    lock: Path
    log: Path


@contextlib.asynccontextmanager
async def embedded(
    data_dir: Path, *, durable: bool = True, patience: Callable[[], float] = lambda: STOP_S
) -> AsyncIterator[EmbeddedStore]:
    """Gives a running server that keeps its data in `data_dir`, and stops it at the end if it was started here.

    Until then one that was started here and ends by itself is started again.

    With `durable` a command is on disk before it is answered. `patience` is asked at the end for how many seconds the
    server may take, before it is ended by force.

    Raises:
        StoreUnavailable: no server program, a directory that cannot be used, or a server that does not answer.
    """
    home = _home(data_dir)
    lock_fd = await _claim(home)
    if lock_fd is None:
        yield await _describe(home, owned=False)
        return
    try:
        async with _running(home, lock_fd, durable=durable, patience=patience) as store:
            yield store
    finally:
        os.close(lock_fd)


def _home(data_dir: Path) -> _Home:
    try:
        data_dir = data_dir.expanduser().resolve()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        socket = _socket_path(data_dir)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot keep the store in {data_dir}: {error.strerror}; choose another directory"
        ) from error
    return _Home(data_dir=data_dir, socket=socket, lock=data_dir / "valkey.lock", log=data_dir / "valkey.log")


def _socket_path(data_dir: Path) -> Path:
    """A path short enough for a socket: in the data directory, else in a private directory named after it."""
    path = data_dir / _SOCKET
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"pulse-{os.getuid()}-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.getuid():
        raise StoreUnavailable(f"{place} belongs to somebody else; choose a shorter data directory")
    return place / _SOCKET


async def _claim(home: _Home) -> int | None:
    """The held lock's descriptor if the server is ours to start, None if there is one to join."""
    clock = asyncio.get_running_loop().time
    begin, answer = clock(), b""
    while clock() - begin < (_LOADING_S if answer.startswith(b"-LOADING") else _READY_S):
        descriptor = _try_lock(home.lock)
        if descriptor is not None:
            return descriptor
        answer = await _ask(home.socket, b"PING")
        if answer == b"+PONG":
            if _owner_lives(home.lock):
                return None
            await _ask(home.socket, b"SHUTDOWN")
        await asyncio.sleep(_POLL_S)
    raise StoreUnavailable(
        f"process {_owner(home.lock)} holds {home.data_dir}, but its server does not answer; "
        "stop that process or choose another directory"
    )


def _try_lock(path: Path) -> int | None:
    """Takes the lock and writes our process id into it, or gives None while a server or its starter holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot use {path}: {error.strerror}; choose another directory") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.truncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def _owner(lock: Path) -> str:
    return lock.read_text() or "(unknown)"


def _owner_lives(lock: Path) -> bool:
    """Whether the process that started the server is still there. A lock just taken has no name in it yet: it lives."""
    owner = _owner(lock)
    if not owner.isdigit():
        return True
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Server:
    """The process that is the server at the moment."""

    def __init__(self, home: _Home, lock_fd: int, *, durable: bool) -> None:
        self._home = home
        self._lock_fd = lock_fd
        self._binary = embedded_process.server_binary()
        self._arguments = embedded_process.server_arguments(home.data_dir, home.socket, durable=durable)
        self.process = self._start()

    async def keep(self) -> None:
        """Starts it again whenever it has ended by itself, as when its disk is full. Goes on until cancelled."""
        log = structlog.get_logger("store")
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            if self.process.poll() is None:
                continue
            said = embedded_process.log_tail(self._home.log)
            log.error("the store's server ended and is started again", code=self.process.returncode, said=said)
            try:
                self.process = self._start()
            except StoreUnavailable as error:
                log.exception("the store's server cannot be started", error=str(error))

    def _start(self) -> subprocess.Popen[bytes]:
        """Raises StoreUnavailable."""
        self._home.socket.unlink(missing_ok=True)
        return embedded_process.start(self._binary, self._arguments, self._home.log, self._lock_fd)


@contextlib.asynccontextmanager
async def _running(
    home: _Home, lock_fd: int, *, durable: bool, patience: Callable[[], float]
) -> AsyncIterator[EmbeddedStore]:
    server = _Server(home, lock_fd, durable=durable)
    try:
        await _await_ready(home, server.process)
        async with _in_background(server.keep()):
            yield await _describe(home, owned=True)
    finally:
        await embedded_process.stop(server.process, patience())


@contextlib.asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name="store-server")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _await_ready(home: _Home, process: subprocess.Popen[bytes]) -> None:
    clock = asyncio.get_running_loop().time
    begin, answer = clock(), b""
    while clock() - begin < (_LOADING_S if answer.startswith(b"-LOADING") else _READY_S):
        if process.poll() is not None:
            raise StoreUnavailable(
                f"the store's server stopped with exit code {process.returncode}; "
                f"{home.log} ends: {embedded_process.log_tail(home.log)}"
            )
        answer = await _ask(home.socket, b"PING")
        if answer == b"+PONG":
            return
        await asyncio.sleep(_POLL_S)
    raise StoreUnavailable(
        f"the store's server does not answer; {home.log} ends: {embedded_process.log_tail(home.log)}"
    )


async def _describe(home: _Home, *, owned: bool) -> EmbeddedStore:
    info = await _ask(home.socket, b"INFO server")
    facts = dict(line.split(":", 1) for line in info.decode().splitlines() if ":" in line)
    if "process_id" not in facts:
        raise StoreUnavailable(f"the server on {home.socket} went away")
    valkey = facts.get("valkey_version")
    return EmbeddedStore(
        url=f"unix://{quote(str(home.socket))}",
        pid=int(facts["process_id"]),
        version=f"Valkey {valkey}" if valkey else f"Redis {facts['redis_version']}",
        owned=owned,
    )


async def _ask(socket: Path, command: bytes) -> bytes:
    """The server's answer to an argument-free command, without its line end; empty if there is none."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(command + b"\r\n")
                head = (await reader.readline()).rstrip()
                return await reader.readexactly(int(head[1:])) if head.startswith(b"$") else head
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return b""
