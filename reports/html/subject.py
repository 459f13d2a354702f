"""What a report is about: runs of the same trace and clock are one, with all their arms."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from reports.metrics import METRICS, value_of
from reports.model import Arm, Run

__all__ = ["merge"]

_DIGITS = 7  # of a commit


def merge(runs: Iterable[Run]) -> list[Run]:
    """One run for each trace and clock, in the order given; phases are put in theirs.

    An arm that two runs share is shown once, unless its exact figures differ: then each is named with its commit.
    """
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.trace.digest, run.conditions.clock), []).append(run)
    return [_merged(group) for group in groups.values()]


def _merged(group: Sequence[Run]) -> Run:
    if len(group) == 1:
        return group[0]
    notes = tuple(dict.fromkeys(note for run in group for note in run.notes))
    wall_s = [run.wall_s for run in group if run.wall_s is not None]
    return msgspec.structs.replace(
        group[0], arms=tuple(_ordered(_distinct(group))), notes=notes, wall_s=sum(wall_s) if wall_s else None
    )


def _distinct(group: Sequence[Run]) -> list[Arm]:
    """Every arm that is not one of those before, by a name of its own."""
    arms: list[Arm] = []
    for run in group:
        for arm in run.arms:
            if not any(_is_same(arm, other) for other in arms):
                arms.append(_named(arm, run, arms))
    return arms


def _is_same(arm: Arm, other: Arm) -> bool:
    """Whether the second run measured the same thing again: what varies from run to run may differ."""
    exact = [metric for metric in METRICS if not metric.process]
    return (arm.name, arm.switches) == (_bare(other.name), other.switches) and all(
        value_of(arm.metrics, metric) == value_of(other.metrics, metric) for metric in exact
    )


def _bare(name: str) -> str:
    return name.partition(" @")[0]


def _named(arm: Arm, run: Run, others: Sequence[Arm]) -> Arm:
    """The arm, with its commit or a number in its name where another one has that name already."""
    taken = {other.name for other in others}
    if arm.name not in taken:
        return arm
    commit = run.conditions.commit
    names = [f"{arm.name} @{commit[:_DIGITS]}{'+' * commit.endswith('+')}"] if commit else []
    names += [f"{arm.name} @{number}" for number in range(2, len(others) + 3)]
    return msgspec.structs.replace(arm, name=next(name for name in names if name not in taken))


def _ordered(arms: list[Arm]) -> list[Arm]:
    """Phases by number, when there is nothing else; any others as they came."""
    numbers = [re.fullmatch(r"phase-(\d+)", arm.name) for arm in arms]
    if not all(numbers):
        return arms
    return sorted(arms, key=lambda arm: int(arm.name.removeprefix("phase-")))
