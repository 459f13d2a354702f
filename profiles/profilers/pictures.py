"""Pages to look at: what pyinstrument and memray draw of a pass. Both are in the extra `profile`."""

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from profiles.processes import ProcessError
from profiles.profilers.readings import Stack

__all__ = ["MISSING", "cpu_pages", "has", "memory_page"]

MISSING = "no pages to look at were made: {name} is missing; get it with: pip install 'pulse-bot[profile]'"
"""A note for who has not installed the extra."""

_RENDER_S = 600.0


def has(name: Literal["pyinstrument", "memray"]) -> bool:
    """Whether it is installed."""
    return importlib.util.find_spec(name) is not None


def cpu_pages(stacks: Sequence[Stack], page: Path, speedscope: Path) -> None:
    """The stacks as pyinstrument's page, and as a file for speedscope."""
    from pyinstrument.renderers import HTMLRenderer, SpeedscopeRenderer  # noqa: PLC0415 - an extra
    from pyinstrument.session import Session  # noqa: PLC0415 - same

    records = [(["\0".join(map(str, place)) for place in each.places], each.seconds) for each in stacks]
    seconds = sum(each.seconds for each in stacks)
    session = Session(
        frame_records=records,
        start_time=0.0,
        duration=seconds,
        min_interval=0.001,
        max_interval=0.001,
        sample_count=sum(each.samples for each in stacks),
        start_call_stack=records[0][0][:1] if records else [],
        target_description="the bot, by processor time",
        cpu_time=seconds,
        sys_path=[],
        sys_prefixes=[],
    )
    page.write_text(HTMLRenderer().render(session), encoding="utf-8")
    speedscope.write_text(SpeedscopeRenderer().render(session), encoding="utf-8")


def memory_page(capture: Path, page: Path, *options: str) -> None:
    """A flame graph of a capture, by memray, without any source text, and without a network. Raises ProcessError."""
    command = [sys.executable, "-m", "memray", "flamegraph", "--force", "--no-web", "--confidential-files", "all"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, *options, "--output", str(page), str(capture)],
        capture_output=True,
        text=True,
        timeout=_RENDER_S,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise ProcessError(f"memray could not draw {capture.name}; it said: {said[-1]}")
