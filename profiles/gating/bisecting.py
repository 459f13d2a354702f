"""The first commit at which a metric got worse: figures are exact, so that log2(n) measurements do."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from profiles.conditions import CODE
from profiles.gating.checkouts import checkout_of
from profiles.gating.errors import CannotMeasure, UnknownRef
from profiles.gating.exact import Plan
from profiles.gating.protocol import Traffic, traffic_of
from profiles.gating.repository import Repository
from profiles.gating.sides import measure_all
from reports.gate.exact import findings
from reports.gate.model import Finding
from reports.gate.rules import Budget
from reports.measures import COSTS
from reports.model import Arm
from service.core.errors import ConfigError

__all__ = ["Bisection", "Measure", "Step", "bisect", "measured_arms"]

Measure = Callable[[str], Arm]
"""The figures of a commit. Raises CannotMeasure."""

_Judge = Callable[[Arm, Arm], tuple[Finding, ...]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that was looked at: its figure, or why it has none."""

    commit: str
    subject: str
    value: float | None
    is_worse: bool | None
    why: str = ""


class Bisection(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: one commit, or those among which the first worse one is when some could not be measured."""

    metric: str
    good: Step
    bad: Step
    steps: tuple[Step, ...]
    suspects: tuple[Step, ...]

    @property
    def first(self) -> Step | None:
        """The commit that did it; None where several may have."""
        return self.suspects[0] if len(self.suspects) == 1 else None


def measured_arms(repository: Repository, plan: Plan) -> Measure:
    """Measures a commit in a worktree of its own, all of them on the traffic of the code that runs now.

    Commits with the same code, which differ in their documents alone, are measured once. Raises ConfigError.
    """
    traffic = traffic_of(plan.workload, plan.seed, plan.minutes)
    known: dict[tuple[str, ...], Arm] = {}

    def measure(commit: str) -> Arm:
        code = repository.trees(commit, CODE)
        if code not in known:
            known[code] = _measured(repository, commit, plan, traffic)
        return known[code]

    return measure


def bisect(
    repository: Repository,
    metric: str,
    good: str,
    bad: str,
    *,
    measure: Measure,
    budget: Budget,
    phase: int | None = None,
    tell: Callable[[Step], None] = lambda _step: None,
) -> Bisection:
    """Worse is what is beyond the budget, as seen from `good`; `metric` may be of a command: response_ms_mean:send.

    Raises ConfigError where there is nothing to find, and CannotMeasure where one of the two ends has no figure.
    """
    first, last = repository.commit(good), repository.commit(bad)
    if not repository.is_ancestor(first, last):
        raise UnknownRef(f"{bad} was not built upon {good}; give the older commit first")
    looker = _Looker(repository, metric, measure(first), measure, partial(_judged, budget=budget, phase=phase))
    looker.tell = tell
    at_good, at_bad = looker.look(first), looker.look(last)
    if at_bad.is_worse is None:
        raise CannotMeasure(f"{bad} cannot be measured: {at_bad.why}")
    if not at_bad.is_worse:
        raise ConfigError(f"{metric} is no worse at {bad} than at {good}: {at_bad.why or 'nothing has changed'}")
    suspects = _search(repository, looker, first, at_bad)
    return Bisection(metric=metric, good=at_good, bad=at_bad, steps=tuple(looker.seen.values()), suspects=suspects)


def _search(repository: Repository, looker: "_Looker", first: str, worse: Step) -> tuple[Step, ...]:
    """Halves what is left until nothing is, but what cannot be measured."""
    good = [first]
    while candidates := [one for one in repository.between(good, worse.commit) if one not in looker.seen]:
        step = looker.look(candidates[0])
        if step.is_worse:
            worse = step
        elif step.is_worse is not None:
            good.append(step.commit)
    return worse, *(looker.seen[one] for one in repository.between(good, worse.commit))


def _judged(good: Arm, arm: Arm, *, budget: Budget, phase: int | None) -> tuple[Finding, ...]:
    return findings(good, arm, budget, phase=phase)


class _Looker:
    """Judges commits as `pulse gate` would, with `good` as the base."""

    def __init__(self, repository: Repository, metric: str, good: Arm, measure: Measure, judge: _Judge) -> None:
        self._repository = repository
        self._metric = metric
        self._good = good
        self._measure = measure
        self._judge = judge
        self.tell: Callable[[Step], None] = lambda _step: None
        self.seen: dict[str, Step] = {}

    def look(self, commit: str) -> Step:
        """A commit that cannot be measured is skipped, unless it is one of the ends."""
        subject = self._repository.subject(commit)
        try:
            finding = self._finding(self._measure(commit))
        except CannotMeasure as error:
            step = Step(commit=commit, subject=subject, value=None, is_worse=None, why=str(error))
        else:
            step = Step(commit=commit, subject=subject, value=finding.head, is_worse=finding.failed, why=finding.why)
        self.seen[commit] = step
        self.tell(step)
        return step

    def _finding(self, arm: Arm) -> Finding:
        metric, _, command = self._metric.partition(":")
        if command and metric in COSTS:
            _check_costs(metric, self._good, arm)
        found: Sequence[Finding] = self._judge(self._good, arm)
        for one in found:
            if one.name == self._metric:
                return one
        names = ", ".join(sorted(one.name for one in found if not one.command or one.metric == metric))
        raise ConfigError(f"no exact metric {self._metric!r} with a limit; there are: {names}")


def _check_costs(metric: str, good: Arm, arm: Arm) -> None:
    """Raises CannotMeasure for a commit from before costs were measured by command."""
    for one, which in ((good, "the code of the good commit"), (arm, "its code")):
        if not one.costs_by_command:
            raise CannotMeasure(f"{which} does not measure {metric} by command")


def _measured(repository: Repository, commit: str, plan: Plan, traffic: Traffic) -> Arm:
    with checkout_of(repository, commit) as checkout:
        [run] = measure_all([(checkout, [plan.arm])], traffic)
    return run.arms[0]
