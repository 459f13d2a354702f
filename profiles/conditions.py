"""Where, when and how something is measured, for the report to say."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from reports.model import Conditions

__all__ = ["CODE", "commit_of", "conditions"]

CODE = ("service", "profiles", "reports", "pulse_cli", "pyproject.toml")
"""What of a checkout makes figures: a file that git does not know changes them here, and nowhere else."""

_LIBRARIES = ("redis", "httpx", "uvloop")
_GIT_S = 10.0


def conditions(
    clock: Literal["virtual", "real"], *, versions: Mapping[str, str] = {}, package: Path | None = None
) -> Conditions:
    """Those of this machine and this moment; `package` is the folder of the measured code, this one's usually."""
    return Conditions(
        commit=commit_of(package or Path(__file__).resolve().parent),
        started_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        versions={name: importlib.metadata.version(name) for name in _LIBRARIES} | dict(versions),
        clock=clock,
    )


def commit_of(package: Path) -> str:
    """The short id of the commit that a folder of code is of, with "+" where the work tree differs from it.

    Tracked files count wherever they are, new ones where they are among the code; what git ignores never does.
    Empty where the folder's files are not tracked: an installed package is of no checkout, whatever it lies in.
    """
    if not _git(package, "ls-files", "."):
        return ""
    head = _git(package, "rev-parse", "--short=12", "HEAD")
    changed = _git(package, "status", "--porcelain", "--untracked-files=no")
    new = _git(package, "ls-files", "--others", "--exclude-standard", *(f":/{one}" for one in CODE))
    return head + ("+" if changed or new else "")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S, check=False)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    """The name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
