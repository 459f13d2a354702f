"""The timed half of a gate: rounds until everything is decided or the time is over, with their own controls."""

import time
from collections.abc import Callable, Mapping
from random import Random

from profiles.arms import ArmSpec
from profiles.gating.checkouts import Checkout
from profiles.gating.exact import Plan
from profiles.gating.gate import TimedFigures
from profiles.gating.rounds import METRICS, Contender, Figures, MeasureRound, once_more, one_round
from profiles.trace import Trace
from reports.gate import controls
from reports.gate.model import Control, Finding
from reports.gate.rules import Budget
from reports.gate.sequence import Sequence
from reports.gate.timed import finding, sequences
from service.core.errors import ConfigError

__all__ = ["TimedGate", "burned_share", "real_rounds"]

_BASE, _HEAD, _AGAIN, _BURNED = "base", "head", "base again", "base slowed down"

_CONTROL = "cpu_ms_per_message"
_ABOVE_MARGIN = 2.5


def burned_share(budget: Budget, plan: Plan) -> float:
    """How much CPU time the control burns: as planned, or as much as can be told from a generous margin."""
    limit = budget.limit(_CONTROL, phase=plan.phase, kind="timed")
    margin = limit.worse_by.amount if limit and limit.worse_by and limit.worse_by.is_relative else 0.0
    return max(plan.slowdown, _ABOVE_MARGIN * margin)


def real_rounds(
    base: Checkout, head: Checkout, arm: ArmSpec, trace: Trace, *, burned: float, chance: Random
) -> MeasureRound:
    """Rounds of real processes: both sides, base once more, and base with a planted slow-down."""
    contenders = [
        Contender(_BASE, base),
        Contender(_HEAD, head),
        Contender(_AGAIN, base),
        Contender(_BURNED, base, burned),
    ]
    return lambda number: one_round(contenders, arm, trace, number, chance)


class TimedGate:
    """Judges rounds as they come; `clock` gives seconds, and no round is begun once `most_s` have passed.

    Raises ConfigError for a budget that limits no timed metric: nothing would be judged, and all would pass.
    """

    def __init__(
        self,
        budget: Budget,
        plan: Plan,
        *,
        burned: float,
        most_s: float,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._budget, self._phase, self._burned, self._most_s = budget, plan.phase, burned, most_s
        self._clock, self._tell = clock, tell
        self._pairs = {name: sequences(METRICS, budget, phase=plan.phase) for name in (_HEAD, _AGAIN, _BURNED)}
        if _CONTROL not in self._judged:
            raise ConfigError(f"the budget has no margin for {_CONTROL}, without which no timed metric can be judged")

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
        return is_settled and self._pairs[_BURNED][_CONTROL].outcome() != "undecided"

    def _add(self, figures: Mapping[str, Figures]) -> None:
        for name, pairs in self._pairs.items():
            for metric, sequence in pairs.items():
                sequence.add(figures[_BASE][metric], figures[name][metric])

    def _standing(self) -> str:
        return ", ".join(f"{metric} {one.outcome()}" for metric, one in self._pairs[_HEAD].items())

    def _findings(self, name: str) -> tuple[Finding, ...]:
        return tuple(finding(metric, one, self._budget, phase=self._phase) for metric, one in self._pairs[name].items())

    def _controls(self) -> tuple[Control, ...]:
        planted = [one for one in self._findings(_BURNED) if one.metric == _CONTROL]
        return (
            controls.nothing_changed("timed", self._findings(_AGAIN), "A/A: base against itself, in the same rounds"),
            controls.slowed("timed", planted, f"base with {100 * self._burned:.3g} % more CPU"),
        )
