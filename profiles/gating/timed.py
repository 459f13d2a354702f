"""The timed half of a gate: rounds until everything is decided or the time is over, with their own controls."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from random import Random

from profiles.arms import ArmSpec
from profiles.gating.checkouts import Checkout
from profiles.gating.contenders import METRICS, Contender, Figures, MeasureRound
from profiles.gating.exact import Plan
from profiles.gating.gate import TimedFigures
from profiles.gating.protocol import Traffic
from profiles.gating.rounds import once_more, rounds_of
from reports.gate import controls
from reports.gate.model import Control, Finding
from reports.gate.rules import Budget
from reports.gate.sequence import Sequence
from reports.gate.timed import finding, sequences
from service.core.errors import ConfigError

__all__ = ["PLANTED", "TimedGate", "planted_share", "real_rounds"]

_BASE, _HEAD, _AGAIN, _SLOWED = "base", "head", "base again", "base slowed down"

PLANTED = {"cpu_ms_per_message": "more CPU", "response_ms_mean": "slower upstreams"}
"""What the planted slow-down makes worse, and by what."""

_NEEDED = "cpu_ms_per_message"
_ABOVE_MARGIN = 2.0


def planted_share(budget: Budget, plan: Plan) -> float:
    """How much slower the control is: as planned, or as much as can be told from generous margins."""
    return max(plan.slowdown, *(_ABOVE_MARGIN * _margin(metric, budget, plan) for metric in PLANTED))


def _margin(metric: str, budget: Budget, plan: Plan) -> float:
    limit = budget.limit(metric, phase=plan.phase, kind="timed")
    return limit.worse_by.amount if limit and limit.worse_by and limit.worse_by.is_relative else 0.0


def real_rounds(
    base: Checkout, head: Checkout, arm: ArmSpec, traffic: Traffic, *, planted: float, chance: Random
) -> AbstractContextManager[MeasureRound]:
    """Rounds of real processes: both sides, base once more, and base with a planted slow-down."""
    contenders = [
        Contender(_BASE, base),
        Contender(_HEAD, head),
        Contender(_AGAIN, base),
        Contender(_SLOWED, base, planted),
    ]
    return rounds_of(contenders, arm, traffic, chance)


class TimedGate:
    """Judges rounds as they come; `clock` gives seconds, and no round is begun once `most_s` have passed.

    Raises ConfigError for a budget that limits no timed metric: nothing would be judged, and all would pass.
    """

    def __init__(
        self,
        budget: Budget,
        plan: Plan,
        *,
        planted: float,
        most_s: float,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._budget, self._phase, self._planted, self._most_s = budget, plan.phase, planted, most_s
        self._clock, self._tell = clock, tell
        self._pairs = {name: sequences(METRICS, budget, phase=plan.phase) for name in (_HEAD, _AGAIN, _SLOWED)}
        if _NEEDED not in self._judged:
            raise ConfigError(f"the budget has no margin for {_NEEDED}, without which no timed metric can be judged")

    def run(self, measure: MeasureRound) -> TimedFigures:
        """Raises CannotMeasure when a round cannot be measured, not even once more."""
        begin_s, rounds, measure = self._clock(), 0, once_more(measure, self._tell)
        while not self._is_decided and self._clock() - begin_s < self._most_s:
            self._add(measure(rounds))
            rounds += 1
            self._tell(f"round {rounds}: {self._standing()}")
        seconds = self._clock() - begin_s
        note = f"timed: {rounds} rounds in {seconds / 60:.1f} minutes, of processes that were started anew in each"
        return TimedFigures(self._findings(_HEAD), self._controls(), (note,))

    @property
    def _judged(self) -> Mapping[str, Sequence]:
        return self._pairs[_HEAD]

    @property
    def _is_decided(self) -> bool:
        """The verdict on head, and whether the planted slow-down is seen; equal arms need not be proven equal."""
        is_settled = all(one.is_settled for one in self._pairs[_HEAD].values())
        slowed = (one for metric, one in self._pairs[_SLOWED].items() if metric in PLANTED)
        return is_settled and all(one.outcome() != "undecided" for one in slowed)

    def _add(self, figures: Mapping[str, Figures]) -> None:
        for name, pairs in self._pairs.items():
            for metric, sequence in pairs.items():
                sequence.add(figures[_BASE][metric], figures[name][metric])

    def _standing(self) -> str:
        return ", ".join(f"{metric} {one.outcome()}" for metric, one in self._pairs[_HEAD].items())

    def _findings(self, name: str) -> tuple[Finding, ...]:
        return tuple(finding(metric, one, self._budget, phase=self._phase) for metric, one in self._pairs[name].items())

    def _controls(self) -> tuple[Control, ...]:
        equal = controls.nothing_changed(
            "timed", self._findings(_AGAIN), "A/A: base against itself, in the same rounds"
        )
        slowed = (
            controls.slowed("timed", [one], f"base with {PLANTED[one.metric]}, by {100 * self._planted:.3g} %")
            for one in self._findings(_SLOWED)
            if one.metric in PLANTED
        )
        return (equal, *slowed)
