"""Why a regression is one: profiles of both sides under the same messages, and what moved between them."""

from collections.abc import Mapping, Sequence
from typing import Literal

from profiles.arms import ArmSpec
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.profilers.comparing import explain
from profiles.profilers.passes import Subject
from profiles.trace import Trace
from reports.gate.model import Moved
from reports.profile import Change
from service.core.errors import PulseError

__all__ = ["moved_by_profile", "moves_of", "profiled_command"]

_KINDS: Mapping[str, tuple[Literal["function", "allocation", "command"], str]] = {
    "functions": ("function", "CPU, sampled"),
    "heap-sites": ("allocation", "live memory"),
    "commands": ("command", "CPU, sampled"),
}
"""Of the views of a comparison, those that name what a reader can look up, and what their values are of."""

_MOST = 6
_CONNECTIONS = "service/transport/"


def moved_by_profile(base: Checkout, head: Checkout, arm: ArmSpec, trace: Trace) -> tuple[Moved, ...]:
    """Functions, allocation sites and commands that moved, of each the most moved ones. Takes minutes.

    Raises CannotMeasure where a side cannot be profiled.
    """
    before, after = (Subject(arm, profiled_command(side)) for side in (base, head))
    try:
        found = explain(before, after, trace)
    except (PulseError, ImportError) as error:
        raise CannotMeasure(f"no profile was taken: {error}") from error
    return moves_of(found.changes)


def profiled_command(side: Checkout) -> tuple[str, ...]:
    """What runs the bot of a checkout, whatever the profiler's own path is."""
    return ("env", f"PYTHONPATH={side.folder}", side.python, "-m", "pulse_cli", "serve")


def moves_of(changes: Mapping[str, Sequence[Change]]) -> tuple[Moved, ...]:
    """What moved by view, each with a name and its value before and after, as leads of a report."""
    units = {"function": "ms per message", "command": "ms per message", "allocation": "KB"}
    return tuple(
        Moved(kind=kind, name=one.name, base=one.before, head=one.after, unit=units[kind], note=_note(one.name, of))
        for view, (kind, of) in _KINDS.items()
        for one in sorted(changes.get(view, ()), key=lambda one: _varies(one.name))[:_MOST]
    )


def _varies(name: str) -> bool:
    """Whether it is of what connections hold: as many stay open as calls happened to be under way at once."""
    return name.startswith(_CONNECTIONS)


def _note(name: str, of: str) -> str:
    return f"{of} of open connections, which equal sides differ in as well" if _varies(name) else of
