"""The tools that measuring needs: profilers, the parts of reports, and whether a running process can be attached to."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from reports.doctor import Finding

__all__ = ["attach", "package", "ptrace_trial", "version_of"]

_TRIAL_S = 5.0

# PTRACE_SEIZE (0x4206) of the parent, which is a stranger to it, unlike a child would be, and is not stopped by it. The
# kernel lets go when the trial ends. The exit code is the error number, 0 where it was allowed.
_TRIAL = (
    "import ctypes, os, sys; libc = ctypes.CDLL(None, use_errno=True); libc.ptrace.restype = ctypes.c_long; "
    "done = libc.ptrace(0x4206, os.getppid(), None, None); sys.exit(ctypes.get_errno() if done else 0)"
)


def version_of(distribution: str) -> str | None:
    """The installed version; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def package(distribution: str, name: str, purpose: str, version: Callable[[str], str | None] = version_of) -> Finding:
    """A package of one of the extras, such as memray of `profile`."""
    installed = version(distribution)
    if installed is None:
        advice = f"{purpose} needs it: pip install 'pulse-bot[{name}]'"
        return Finding(subject=distribution, state="warning", found="not installed", advice=advice)
    return Finding(subject=distribution, state="ok", found=installed)


def attach(debuggers: Sequence[str], trial: int | None, yama: str) -> Finding:
    """Whether a profiler could attach to a running bot of the same user.

    `debuggers` are those on PATH, `trial` the error number of an attempt (0: allowed, None: not tried here), `yama`
    the content of `/proc/sys/kernel/yama/ptrace_scope`, empty where there is none.
    """
    found = ", ".join(debuggers) or "neither gdb nor lldb"
    if trial:
        return Finding(
            subject="attach", state="warning", found=f"{found}; ptrace: {os.strerror(trial)}", advice=_permission(yama)
        )
    if not debuggers:
        advice = "to profile a running process, install gdb (Linux) or lldb (macOS); the other profiles do without"
        return Finding(subject="attach", state="warning", found=found, advice=advice)
    return Finding(subject="attach", state="ok", found=found if trial is None else f"{found}; ptrace is allowed")


def _permission(yama: str) -> str:
    if yama.strip() in {"1", "2"}:
        return (
            f"ptrace_scope is {yama.strip()}, so a running process cannot be attached to; until the next start of the "
            "machine: sudo sysctl kernel.yama.ptrace_scope=0"
        )
    if yama.strip() == "3":
        return "ptrace_scope is 3, which only a restart of the machine can change; profile a bot that is started for it"
    return "in a container, it needs --cap-add=SYS_PTRACE; the other profiles do without"


def ptrace_trial() -> int | None:
    """Lets a child, which is as much a stranger as any process of the same user, seize this process for a moment.

    The error number, 0 where it was allowed, None where it cannot be tried.
    """
    if sys.platform != "linux":
        return None
    command = [sys.executable, "-I", "-S", "-c", _TRIAL]
    try:
        return subprocess.run(command, capture_output=True, timeout=_TRIAL_S, check=False).returncode  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired):
        return None
