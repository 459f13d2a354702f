"""Why a regression is one: profiles of both sides under the same messages, and what moved between them."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from profiles.arms import ArmSpec
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.trace import Trace
from reports.gate.model import Moved
from service.core.errors import PulseError

__all__ = ["moved_by_profile", "moves_of", "profiled_command"]

_KINDS: Mapping[str, tuple[Literal["function", "allocation", "command"], str]] = {
    "functions": ("function", "CPU"),
    "heap-sites": ("allocation", "live memory"),
    "commands": ("command", "CPU"),
}
"""Of the views of a comparison, those that name what a reader can look up, and what their values are of."""

_MOST = 6


def moved_by_profile(base: Checkout, head: Checkout, arm: ArmSpec, trace: Trace) -> tuple[Moved, ...]:
    """Functions, allocation sites and commands that moved, of each the most moved ones. Takes minutes.

    Raises CannotMeasure where there is no profiler, or a side cannot be profiled.
    """
    try:  # by name: profilers are packages that the gate itself does without
        comparing = importlib.import_module("profiles.profilers.comparing")
        passes = importlib.import_module("profiles.profilers.passes")
    except ImportError as error:
        raise CannotMeasure(f"no profile was taken ({error}): pip install 'pulse-bot[profile]'") from error
    subjects = (passes.Subject(arm, profiled_command(side)) for side in (base, head))
    try:
        found = comparing.explain(*subjects, trace)
    except PulseError as error:
        raise CannotMeasure(f"no profile was taken: {error}") from error
    return moves_of(found.changes)


def profiled_command(side: Checkout) -> tuple[str, ...]:
    """What runs the bot of a checkout, whatever the profiler's own path is."""
    return ("env", f"PYTHONPATH={side.folder}", side.python, "-m", "pulse_cli", "serve")


def moves_of(changes: Mapping[str, Sequence[Any]]) -> tuple[Moved, ...]:
    """What moved by view, each with a name and its value before and after, as leads of a report."""
    units = {"function": "ms", "command": "ms", "allocation": "KB"}
    return tuple(
        Moved(kind=kind, name=one.name, base=one.before, head=one.after, unit=units[kind], note=of)
        for view, (kind, of) in _KINDS.items()
        for one in changes.get(view, ())[:_MOST]
    )
