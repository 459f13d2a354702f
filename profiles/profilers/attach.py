"""A service that runs already: what can be seen of it from outside, with the tools that the machine has."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from profiles.profilers.pictures import has, memory_page
from service.core.errors import ConfigError, PulseError

__all__ = ["attach"]

_GRACE_S = 60.0
_SETTLE_S = 2.0


def attach(
    kind: str,
    pid: int,
    seconds: float,
    pages: Path,
    which: Callable[[str], str | None] = shutil.which,
    *,
    has_memray: bool | None = None,
) -> Mapping[str, str]:
    """Watches a process for so long; gives the files to look at by their titles.

    Processor time is py-spy's, memory memray's by way of a debugger: both are programs of their own.

    Raises ConfigError for what is missing, with what to do about it, and PulseError when the tool fails.
    """
    _check(pid)
    pages = pages / f"{kind}-pid-{pid}"
    if kind == "cpu":
        tool = which("py-spy")
        if tool is None:
            raise ConfigError("--pid for cpu needs py-spy, which is missing; get it with: pip install py-spy")
        with _folder(pages):
            return _by_py_spy(tool, pid, seconds, pages)
    if not (has("memray") if has_memray is None else has_memray):
        raise ConfigError("--pid for memory needs memray, which is missing: pip install 'pulse-bot[profile]'")
    if which("gdb") is None and which("lldb") is None:
        raise ConfigError("--pid for memory needs gdb or lldb, and neither is installed; install one of them")
    with _folder(pages):
        return _by_memray(kind, pid, seconds, pages)


@contextmanager
def _folder(pages: Path) -> Iterator[None]:
    """There while it is written to, and gone again if nothing was."""
    pages.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if not any(pages.iterdir()):
            pages.rmdir()


def _check(pid: int) -> None:
    """Raises ConfigError."""
    if pid <= 0:
        raise ConfigError(f"--pid {pid} names no process; see who runs with: pgrep -f 'pulse serve'")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        raise ConfigError(f"--pid {pid}: there is no such process; see who runs with: pgrep -f 'pulse serve'") from None
    except (PermissionError, OverflowError):
        raise ConfigError(f"--pid {pid} belongs to somebody else; run this as the same user, or as root") from None


def _by_py_spy(tool: str, pid: int, seconds: float, pages: Path) -> dict[str, str]:
    page = pages / "cpu.speedscope.json"
    wanted = ["--duration", str(max(1, round(seconds))), "--format", "speedscope", "--output", str(page)]
    _run([tool, "record", "--pid", str(pid), *wanted], seconds)
    return {"for speedscope": str(page)}


def _by_memray(kind: str, pid: int, seconds: float, pages: Path) -> dict[str, str]:
    """The capture is not kept: it holds the command line of the service."""
    capture, page = pages / "memray.bin", pages / f"{kind}.html"
    wanted = [
        "--trace-python-allocators",
        "--duration",
        str(max(1, round(seconds))),
        "--output",
        str(capture.resolve()),
    ]
    try:
        _run([sys.executable, "-m", "memray", "attach", "--force", *wanted, str(pid)], 0.0)
        time.sleep(seconds + _SETTLE_S)
        memory_page(capture, page, *(("--leaks",) if kind == "leaks" else ()))
        _hide_command_line(capture, page)
    finally:
        capture.unlink(missing_ok=True)
    return {"not given back" if kind == "leaks" else "at the peak": str(page)}


def _hide_command_line(capture: Path, page: Path) -> None:
    from memray import FileReader  # noqa: PLC0415 - an extra

    with FileReader(capture) as reader:
        said = reader.metadata.command_line
    if said:
        page.write_text(page.read_text(encoding="utf-8").replace(json.dumps(said)[1:-1], "the bot"), encoding="utf-8")


def _run(command: list[str], seconds: float) -> None:
    """Raises PulseError with the tool's last words."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, timeout=seconds + _GRACE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise PulseError("the profiler did not get hold of the process in time; is it stopped?") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        hint = ""
        if "ermi" in said[-1] or "ptrace" in " ".join(said):
            hint = "; one process may not trace another here: try as root, or with kernel.yama.ptrace_scope=0"
        raise PulseError(f"the profiler could not watch the process; it said: {said[-1]}{hint}")
