"""The exact half of a gate: both arms in virtual time, and the controls that show that it sees what is there."""

import msgspec

from profiles.arms import ArmSpec, Planted, phase_arm, planted_arm
from profiles.gating.checkouts import Checkout
from profiles.gating.protocol import Traffic
from profiles.gating.sides import measure_all
from reports.gate import controls, exact
from reports.gate.model import Control, Finding
from reports.gate.rules import Budget
from reports.measures import figures_of
from reports.model import Arm, Run

__all__ = ["Plan", "exact_controls", "measure_pair", "pair_findings", "planted_share", "side_by_side", "unchanged"]

_CONTROL = "response_ms_mean"
_ABOVE_LIMIT = 1.5
_NAMED = 3


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides are compared by: a phase with changes, under a workload; the control injects `slowdown`."""

    phase: int
    changes: str = ""
    workload: str = "reference"
    seed: int = 1
    minutes: float | None = None
    slowdown: float = 0.05

    @property
    def arm(self) -> ArmSpec:
        """The arm that both sides run. Raises ConfigError for a phase or a switch that this side has not."""
        return phase_arm(self.phase, self.changes)


def measure_pair(base: Checkout, head: Checkout, plan: Plan, traffic: Traffic) -> tuple[Run, Run]:
    """The plan's arm on both sides, at the same time. Raises CannotMeasure."""
    base_run, head_run = measure_all([(base, [plan.arm]), (head, [plan.arm])], traffic)
    return base_run, head_run


def pair_findings(base: Arm, head: Arm, budget: Budget, plan: Plan) -> tuple[Finding, ...]:
    """What the budget says of the two."""
    return exact.findings(base, head, budget, phase=plan.phase)


def planted_share(mean_ms: float, budget: Budget, plan: Plan) -> float:
    """By how much the control is slower: as planned, or as much more as it takes to be beyond a generous budget."""
    limit = budget.limit(_CONTROL, phase=plan.phase, kind="exact")
    if limit is not None and limit.worse_by is not None:
        return max(plan.slowdown, _ABOVE_LIMIT * limit.worse_by.at(mean_ms) / mean_ms)
    if limit is not None and limit.at_most is not None:
        return max(plan.slowdown, _ABOVE_LIMIT * (limit.at_most / mean_ms - 1))
    return plan.slowdown


def exact_controls(head: Checkout, run: Arm, budget: Budget, plan: Plan, traffic: Traffic) -> tuple[Control, ...]:
    """Head again with a switch that does nothing, and with every message kept waiting. Raises CannotMeasure."""
    mean_ms = run.metrics.response_ms_mean
    share = planted_share(mean_ms, budget, plan)
    arms = (_planted(plan, "null"), _planted(plan, "slow", share * mean_ms / 1000))
    [found] = measure_all([(head, arms)], traffic)
    null, slow = found.arms
    late = [one for one in pair_findings(run, slow, budget, plan) if one.name == _CONTROL]
    return (
        unchanged(run, null, "A/A: head against itself"),
        controls.slowed("exact", late, f"every message later by {100 * share:.3g} % of the mean"),
    )


def unchanged(run: Arm, again: Arm, name: str) -> Control:
    """Passed where not one figure of the two differs, limited or not, by not even its last digit."""
    once, twice = figures_of(run), figures_of(again)
    differing = sorted(key for key in once.keys() | twice.keys() if once.get(key) != twice.get(key))
    found = f"{', '.join(differing[:_NAMED])} differ" if differing else "nothing differs"
    return Control(name=name, kind="exact", wanted="nothing differs", found=found, passed=bool(once) and not differing)


def _planted(plan: Plan, kind: Planted, late_s: float = 0.0) -> ArmSpec:
    return msgspec.structs.replace(planted_arm(plan.phase, kind), changes=plan.changes, planted_s=late_s)


def side_by_side(base: Checkout, before: Run, after: Run) -> Run:
    """Both runs as one of two arms: that of the base is named for its checkout, the run is head's as any other is."""
    arm = before.arms[0]
    beside = msgspec.structs.replace(arm, name=f"{arm.name} of {base.name}")
    return msgspec.structs.replace(after, arms=(beside, *after.arms[:1]))
