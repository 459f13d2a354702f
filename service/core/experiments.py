"""An experiment on live traffic as facts: a switch, who has it on and who off, and what came of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, get_args

import msgspec

from service.core.errors import ConfigError
from service.core.sequential import Moments
from service.core.switches import BUCKETS, bucket

__all__ = [
    "ARMS",
    "MAX_EXPOSED",
    "METRICS",
    "PROCESS_WIDE",
    "SLOW_MS",
    "Arm",
    "ArmFigures",
    "Experiment",
    "Metric",
    "Record",
    "arm_of",
    "check",
    "merged",
    "user_hash",
]

Arm = Literal["off", "on"]
ARMS: tuple[Arm, ...] = get_args(Arm)

Metric = Literal["response", "slow", "errors", "upstream"]
METRICS: tuple[Metric, ...] = get_args(Metric)
"""All are better when they are lower, and one sample is one user: the mean over the user's messages.

`response` is the logarithm of the milliseconds from a message's arrival to its reply: response times are heavy-tailed,
and the mean of their logarithms is not at the mercy of the slowest few; `slow`, the share of messages that took longer
than SLOW_MS, is about those. `errors` is the share of messages that ended in an apology, `upstream` reads from Flash
per message.
"""

SLOW_MS = 1_000.0

MAX_EXPOSED = 100_000
"""Users that are remembered in each arm; with more, the count stays there."""

PROCESS_WIDE = frozenset({"3.2", "5.1", "6.1", "6.2", "6.3"})
"""Switches that act for a whole process, so that users cannot differ in them: 5.1 refuses before a user is known."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """The plan, and how it ended.

    Shares are percent of all users. Nobody else is touched: who is in neither arm follows the flags.
    `max_slower_percent`, `max_slow_percent` and `max_errors_percent` (the latter two in percentage points) are
    guardrails: the experiment is stopped when the arm `on` surely is worse by more.
    """

    name: str
    switch: str
    on_percent: float
    off_percent: float
    salt: str
    metrics: tuple[Metric, ...]
    started_at_s: float
    started_by: str
    max_slower_percent: float = 10.0
    max_slow_percent: float = 2.0
    max_errors_percent: float = 1.0
    stopped_at_s: float | None = None
    stopped_by: str = ""
    why: str = ""

    @property
    def is_running(self) -> bool:
        """Until somebody, or a guardrail, has stopped it."""
        return self.stopped_at_s is None


class ArmFigures(msgspec.Struct, frozen=True):
    """What one instance has measured in one arm: messages, and each metric over its users."""

    messages: int = 0
    metrics: Mapping[Metric, Moments] = {}


class Record(msgspec.Struct, frozen=True):
    """What one instance has measured since it started."""

    at_s: float
    arms: Mapping[Arm, ArmFigures]


def check(experiment: Experiment, switches: Iterable[str]) -> None:
    """Raises ConfigError for a plan that cannot work; `switches` are those of this version."""
    if not _NAME.fullmatch(experiment.name):
        raise ConfigError(f"{experiment.name!r} is no name; use up to 40 lower-case letters, digits and dashes")
    _check_switch(experiment, [key for key in switches if key not in PROCESS_WIDE])
    _check_figures(experiment)


def _check_switch(experiment: Experiment, known: Sequence[str]) -> None:
    if experiment.switch in PROCESS_WIDE:
        raise ConfigError(
            f"{experiment.switch} acts for the whole process, so users cannot differ in it; "
            f"those that can are {', '.join(known)}"
        )
    if experiment.switch not in known:
        raise ConfigError(f"there is no switch {experiment.switch!r}; the switches are {', '.join(known)}")


def _check_figures(experiment: Experiment) -> None:
    shares = (experiment.on_percent, experiment.off_percent)
    if not (min(shares) > 0 and sum(shares) <= 100):  # noqa: PLR2004 - percent; NaN fails too
        raise ConfigError(
            f"{shares[0]:g} % on and {shares[1]:g} % off are no shares: both have to be above 0, together at most 100"
        )
    guards = (experiment.max_slower_percent, experiment.max_slow_percent, experiment.max_errors_percent)
    if not all(limit >= 0 for limit in guards):  # NaN fails too
        raise ConfigError("a guardrail has to be 0 or more")


def arm_of(experiment: Experiment, user: str) -> Arm | None:
    """The user's arm: always the same for the same salt, and independent of rollouts and of other salts."""
    place = bucket(f"experiment\0{experiment.salt}", user)
    if place < experiment.on_percent * BUCKETS / 100:
        return "on"
    return "off" if place < (experiment.on_percent + experiment.off_percent) * BUCKETS / 100 else None


def user_hash(experiment: Experiment, user: str) -> bytes:
    """What stands for a user where exposures are kept: it says nothing about who they are."""
    return blake2b(f"{experiment.name}\0{experiment.salt}\0{user}".encode(), digest_size=8).digest()


def merged(records: Iterable[Record]) -> dict[Arm, ArmFigures]:
    """The figures of all instances together."""
    sums = {arm: ArmFigures() for arm in ARMS}
    for record in records:
        for arm, figures in record.arms.items():
            metrics = {
                name: sums[arm].metrics.get(name, Moments()) + figures.metrics.get(name, Moments()) for name in METRICS
            }
            sums[arm] = ArmFigures(sums[arm].messages + figures.messages, metrics)
    return sums
