"""Item 6.3 at a message: its user's arm in every experiment that runs, and what the message was like."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.experiments import (
    ARMS,
    METRICS,
    SLOW_MS,
    Arm,
    ArmFigures,
    Experiment,
    Metric,
    Record,
    arm_of,
    user_hash,
)
from service.core.messages import Entry
from service.core.sequential import Moments
from service.core.switches import Switches
from service.observe.tally import Tally, current_tally, tallied
from service.ports import Clock, Meter

__all__ = ["MAX_RUNNING", "MAX_USERS", "Measured", "Trials"]

MAX_RUNNING = 8
"""Experiments at the same time; of more, the first by name."""

MAX_USERS = 20_000
"""Users that one instance measures in each arm; later ones keep their arm and are not measured."""

_MS_RANGE = (1.0, 600_000.0)
"""A message that waited in the inbox for days must not outweigh a thousand others."""


@dataclass(slots=True)
class _User:
    """A user's messages so far, and the sum of each metric over them."""

    messages: int
    sums: tuple[float, ...]


@dataclass(slots=True)
class _ArmState:
    users: dict[bytes, _User] = field(default_factory=dict)
    unsent: dict[bytes, None] = field(default_factory=dict)
    messages: int = 0
    moments: list[Moments] = field(default_factory=lambda: [Moments() for _ in METRICS])


@dataclass(slots=True)
class Measured:
    """What this instance has measured in one experiment."""

    plan: Experiment
    arms: dict[Arm, _ArmState] = field(default_factory=lambda: {arm: _ArmState() for arm in ARMS})

    def record(self, at_s: float) -> Record:
        """All of it, as it is published."""
        return Record(
            at_s,
            {
                arm: ArmFigures(state.messages, dict(zip(METRICS, state.moments, strict=True)))
                for arm, state in self.arms.items()
            },
        )

    def unsent(self, limit: int) -> dict[Arm, list[bytes]]:
        """Exposed users that were not published yet, at most so many of each arm."""
        return {arm: list(state.unsent)[:limit] for arm, state in self.arms.items()}

    def sent(self, exposed: Mapping[Arm, Sequence[bytes]]) -> None:
        """They are published."""
        for arm, users in exposed.items():
            for user in users:
                self.arms[arm].unsent.pop(user, None)


class Trials:
    """Assigns and measures. Without experiments, or with 6.3 off, users follow the plain flags and nothing is counted.

    Meters `exposures` by arm, once for each user, and `unmeasured` messages of users beyond `max_users` in an arm.
    """

    def __init__(
        self,
        snapshot: Callable[[str], Switches],
        is_on: Callable[[], bool],
        clock: Clock,
        meter: Meter,
        max_users: int = MAX_USERS,
    ) -> None:
        self._snapshot = snapshot
        self._is_on = is_on
        self._clock = clock
        self._meter = meter
        self._max_users = max_users
        self.messages = 0
        self.running: dict[str, Measured] = {}

    def keep(self, plans: Sequence[Experiment]) -> None:
        """These experiments run from now on, and no others; figures of those that go on stay."""
        chosen = sorted(plans, key=_name)[:MAX_RUNNING]
        self.running = {plan.name: self.running.get(plan.name, Measured(plan)) for plan in chosen}

    def snapshot(self, user: str) -> Switches:
        """The switches of this user: the flags', but for those that the user is in an experiment on."""
        switches = self._snapshot(user)
        if not self.running or not self._is_on():
            return switches
        tally = current_tally()
        for name, measured in self.running.items():
            arm = arm_of(measured.plan, user)
            if arm is None:
                continue
            key = frozenset({measured.plan.switch})
            switches = switches | key if arm == "on" else switches - key
            if tally is not None:
                tally.arms[name] = arm
        return switches

    def measuring(
        self, work: Callable[[Entry], Awaitable[None]], *, is_failure: bool = False
    ) -> Callable[[Entry], Awaitable[None]]:
        """The same work, measured when it is done; a message whose work failed is done later, or given up."""

        async def measure(entry: Entry) -> None:
            with tallied() as tally:
                await work(entry)
            self.messages += 1
            tally.is_failed = tally.is_failed or is_failure
            for name, arm in tally.arms.items():
                if name in self.running:
                    self._note(self.running[name], arm, entry, tally)

        return measure

    def _note(self, measured: Measured, arm: Arm, entry: Entry, tally: Tally) -> None:
        state = measured.arms[arm]
        key = user_hash(measured.plan, entry.user)
        user = state.users.get(key)
        if user is None:
            if len(state.users) >= self._max_users:
                self._meter.count("unmeasured", arm)
                return
            user = state.users[key] = _User(0, (0.0,) * len(METRICS))
            state.unsent[key] = None
            self._meter.count("exposures", arm)
        sample = self._sample(entry, tally)
        before, after = user.messages, user.messages + 1
        sums = tuple(total + sample[metric] for total, metric in zip(user.sums, METRICS, strict=True))
        state.moments = [
            _moved(moments, old / before if before else None, new / after)
            for moments, old, new in zip(state.moments, user.sums, sums, strict=True)
        ]
        user.messages, user.sums = after, sums
        state.messages += 1

    def _sample(self, entry: Entry, tally: Tally) -> dict[Metric, float]:
        low, high = _MS_RANGE
        ms = 1000 * (self._clock.now() - entry.message.received_at_s)
        return {
            "response": math.log(min(max(ms, low), high)),
            "slow": float(ms > SLOW_MS),
            "errors": float(tally.is_failed),
            "upstream": float(tally.upstream_reads),
        }


def _moved(moments: Moments, old: float | None, new: float) -> Moments:
    """The moments when one user's mean was `old`, or is there for the first time, and is `new` now."""
    gone, gone_count = (0.0, 0) if old is None else (old, 1)
    return Moments(
        moments.count + 1 - gone_count,
        moments.total + new - gone,
        moments.squares + new * new - gone * gone,
    )


def _name(plan: Experiment) -> str:
    return plan.name
