"""Profiles of one arm, of two beside each other, and of a row of phases."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from profiles.arms import ArmSpec, phase_arm
from profiles.profilers.kinds import Ask, profile_cpu, profile_leaks, profile_memory, traffic_of
from profiles.profilers.passes import Subject, Traffic
from profiles.trace import Trace
from reports.profile import Comparison, Profile, Report, compare, merged
from service.core.errors import ConfigError

__all__ = ["KINDS", "Wish", "arm_named", "explain", "profiles", "work_of"]

KINDS: dict[str, Callable[[Ask], Profile]] = {
    "cpu": profile_cpu,
    "memory": profile_memory,
    "leaks": profile_leaks,
}
"""What can be asked."""

_BESIDE = 2
_PASSES = {"cpu": 3, "memory": 2, "leaks": 1}
_PASSES_WITH_PAGES = {"cpu": 3, "memory": 3, "leaks": 2}


class Wish(msgspec.Struct, frozen=True):
    """What somebody wants to know of one or more subjects; pages to look at go into folders in `pages`.

    `differs` says that the last subject is to be compared with the first one.
    """

    kind: str
    subjects: tuple[Subject, ...]
    trace: Trace
    pages: Path | None
    everything: bool = False
    differs: bool = False

    @property
    def traffic(self) -> Traffic:
        """The messages of each pass. Raises ConfigError."""
        return traffic_of(self.trace, self.kind, everything=self.everything, parts=self._parts)

    @property
    def _parts(self) -> int:
        """An arm that is profiled twice gets half of the messages each time, and so does each of a row of arms."""
        return 2 if len(self.order) > _BESIDE else 1

    @property
    def order(self) -> Sequence[int]:
        """Which subject is profiled when. Two to compare by time are taken A B B A, so that a drift meets both."""
        return (0, 1, 1, 0) if self.differs and self.kind == "cpu" else range(len(self.subjects))


def work_of(wish: Wish) -> int:
    """How many messages will be sent in all."""
    per_pass = len(wish.traffic.warm_up) + wish.traffic.messages
    seen, total = set[int](), 0
    for number in wish.order:
        total += (_PASSES if number in seen or wish.pages is None else _PASSES_WITH_PAGES)[wish.kind]
        seen.add(number)
    return total * per_pass


def profiles(
    wish: Wish, tick: Callable[[int], None] = lambda _sent: None, say: Callable[[str], None] = lambda _what: None
) -> Report:
    """Does it; `tick` hears of messages that were sent, `say` of each pass before it begins.

    Raises ConfigError, ProcessError, CrowdError.
    """
    traffic, found = wish.traffic, dict[int, Profile]()
    for turn, number in enumerate(wish.order, 1):
        subject = wish.subjects[number]
        name = f"{subject.arm.name} ({turn} of {len(wish.order)})" if len(wish.order) > 1 else subject.arm.name
        pages = None if wish.pages is None or number in found else wish.pages / _slug(wish.kind, subject.arm)
        if pages is not None:
            pages.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="pulse-profile-") as raw:
            profile = KINDS[wish.kind](Ask(subject, traffic, Path(raw), pages, tick, _prefixed(say, name)))
        found[number] = merged(found[number], profile) if number in found else profile
    kept = tuple(found[number] for number in sorted(found))
    return Report(kept, compare(kept[0], kept[-1]) if wish.differs else None)


def _prefixed(say: Callable[[str], None], name: str) -> Callable[[str], None]:
    return lambda what: say(f"{name}, {what}")


def explain(
    before: Subject, after: Subject, trace: Trace, tick: Callable[[int], None] = lambda _sent: None
) -> Comparison:
    """Why two arms differ: the functions, lines, commands, requests to Flash and live memory that moved.

    Both are driven by the same trace, for processor time twice each. Takes some minutes.

    Raises ConfigError, ProcessError, CrowdError.
    """
    both = (before, after)
    cpu = profiles(Wish("cpu", both, trace, None, differs=True), tick)
    memory = profiles(Wish("memory", both, trace, None, differs=True), tick)
    return compare(_together(cpu.profiles[0], memory.profiles[0]), _together(cpu.profiles[-1], memory.profiles[-1]))


def arm_named(text: str, phase: int) -> ArmSpec:
    """An arm from "phase-0", "0", "phase-0 +3.1" or "+3.1 -1.3"; changes alone are of the given phase.

    Raises ConfigError.
    """
    words = text.replace(",", " ").split()
    if words and not words[0].startswith(("+", "-")):
        number = words[0].removeprefix("phase-")
        if not number.isdecimal():
            raise ConfigError(f"{text!r} is no arm; write a phase, as in phase-0, or switches, as in '+3.1 -1.3'")
        return phase_arm(int(number), " ".join(words[1:]))
    return phase_arm(phase, " ".join(words))


def _together(one: Profile, other: Profile) -> Profile:
    return msgspec.structs.replace(one, figures={**one.figures, **other.figures}, views={**one.views, **other.views})


def _slug(kind: str, arm: ArmSpec) -> str:
    return "-".join([kind, *arm.name.replace("+", "with-").replace(" -", " without-").split()])
