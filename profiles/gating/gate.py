"""A gate run from its plan to its report."""

import time
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from profiles.conditions import conditions
from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure
from profiles.gating.exact import Plan, exact_controls, measure_pair, pair_findings
from profiles.gating.leads import leads
from profiles.gating.protocol import Traffic, traffic_of
from profiles.gating.sides import measure_all
from reports.gate.exact import one_sided
from reports.gate.model import Calibration, Control, Finding, GateReport, Moved, Side
from reports.gate.rules import Budget
from reports.gate.unheld import unheld
from reports.gate.verdict import FEWEST_MESSAGES, conclude, targets
from reports.gate.waivers import waive
from reports.model import Arm, Run

__all__ = ["Base", "Explain", "History", "Timed", "TimedFigures", "run_gate"]


class Base(msgspec.Struct, frozen=True):
    """What head is held against: a checkout to be measured now, or a run that was kept of this very traffic."""

    name: str
    commit: str
    checkout: Checkout | None = None
    kept: Run | None = None
    note: str = ""


class TimedFigures(msgspec.Struct, frozen=True):
    """What the timed half found."""

    findings: tuple[Finding, ...] = ()
    controls: tuple[Control, ...] = ()
    notes: tuple[str, ...] = ()


Timed = Callable[[Traffic], TimedFigures]
"""The timed half of a gate, on the same traffic. Raises CannotMeasure."""

Explain = Callable[[Traffic], tuple[Moved, ...]]
"""What moved between the sides beside the figures, such as functions by a profile. Raises CannotMeasure."""


History = Callable[[Sequence[Finding]], Sequence[str]]
"""Notes on how the figures of findings have moved in the runs that were kept."""


_SAME = (
    "both sides are commit {}, without changes: a commit beside itself passes whatever is in it; compare with an "
    "earlier one, as in --against HEAD^"
)


class _Measured(msgspec.Struct, frozen=True):
    base: Run
    head: Run
    findings: tuple[Finding, ...]
    controls: tuple[Control, ...]
    notes: tuple[str, ...]


def run_gate(
    base: Base,
    head: Checkout,
    plan: Plan,
    budget: Budget,
    today: date,
    *,
    timed: Timed | None = None,
    explain: Explain | None = None,
    calibration: Calibration | None = None,
    history: History = lambda _findings: (),
    tell: Callable[[str], None] = lambda _step: None,
) -> GateReport:
    """Measures, judges and explains; `tell` hears of each step. What fails on the way makes a report that says so.

    `history` gives what kept runs say of the figures that were judged: notes, and no part of the verdict.

    Raises ConfigError for a plan that this side cannot carry out.
    """
    started_s = time.monotonic()
    arm = plan.arm.name.replace("-", " ", 1)
    sides = Side(name=f"{base.name}, {arm}", commit=base.commit), Side(name=f"{head.name}, {arm}", commit=head.commit)
    if base.checkout is not None and base.commit == head.commit:
        return conclude(base=sides[0], head=sides[1], budget=budget.name, nothing=_SAME.format(head.commit))
    traffic = traffic_of(plan.workload, plan.seed, plan.minutes)
    if traffic.messages < FEWEST_MESSAGES:  # before the minutes that it takes
        return conclude(base=sides[0], head=sides[1], budget=budget.name, trace=traffic.as_measured)
    try:
        measured = _measure(base, head, plan, budget, traffic=traffic, timed=timed, tell=tell)
    except CannotMeasure as error:
        return conclude(base=sides[0], head=sides[1], budget=budget.name, failure=str(error))
    before, after = measured.base.arms[0], measured.head.arms[0]
    findings, waivers = waive(measured.findings, budget.waivers, today)
    moved, notes = _explanation(before, after, findings, traffic, explain)
    return conclude(
        base=sides[0],
        head=sides[1],
        budget=budget.name,
        findings=findings,
        controls=measured.controls,
        waivers=waivers,
        targets=targets(before, after),
        calibration=calibration,
        explanation=moved,
        trace=measured.head.trace,
        conditions=conditions("virtual", package=head.folder / "profiles"),
        notes=[
            *filter(None, [base.note]),
            *measured.notes,
            *notes,
            *one_sided(before, after),
            *unheld(budget, findings, phase=plan.phase),
            *history(findings),
        ],
        wall_s=time.monotonic() - started_s,
    )


def _measure(
    base: Base,
    head: Checkout,
    plan: Plan,
    budget: Budget,
    *,
    traffic: Traffic,
    timed: Timed | None,
    tell: Callable[[str], None],
) -> _Measured:
    messages = f"{len(traffic.trace.arrivals):,} messages in virtual time"
    tell(f"both sides: {messages}")
    before, after = _pair(base, head, plan, traffic)
    findings = pair_findings(before.arms[0], after.arms[0], budget, plan)
    tell("controls: nothing changed, and everything a little later")
    controls = exact_controls(head, after.arms[0], budget, plan, traffic)
    more = timed(traffic) if timed else TimedFigures()
    return _Measured(before, after, (*findings, *more.findings), (*controls, *more.controls), more.notes)


def _pair(base: Base, head: Checkout, plan: Plan, traffic: Traffic) -> tuple[Run, Run]:
    if base.checkout is not None:
        return measure_pair(base.checkout, head, plan, traffic)
    if base.kept is None or base.kept.trace.digest != traffic.trace.digest:
        raise CannotMeasure(f"{base.name} is of other traffic than this gate's, and cannot be compared")
    [run] = measure_all([(head, [plan.arm])], traffic)
    return base.kept, run


def _explanation(
    before: Arm, after: Arm, findings: Sequence[Finding], traffic: Traffic, explain: Explain | None
) -> tuple[tuple[Moved, ...], tuple[str, ...]]:
    """Only where something has to be explained; a profile that fails is a note, not another verdict."""
    if not any(one.failed or one.waived for one in findings):
        return (), ()
    found = leads(before, after)
    if explain is None or not any(one.failed for one in findings):
        return found, ()
    try:
        return (*explain(traffic), *found), ()
    except CannotMeasure as error:
        return found, (str(error),)
