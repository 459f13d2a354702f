"""The verdict of a gate run, and its exit code."""

from collections.abc import Sequence
from itertools import chain

from reports.compare import compare
from reports.gate.model import (
    Calibration,
    Control,
    Finding,
    GateReport,
    Kind,
    Moved,
    Side,
    TargetState,
    Verdict,
    WaiverState,
)
from reports.model import Arm, Conditions, Trace
from reports.targets import is_met

__all__ = ["EXIT_CODES", "FEWEST_MESSAGES", "conclude", "targets"]

FEWEST_MESSAGES = 200
"""Below, nothing is judged. The least that the shipped budget allows is one call more in 200 messages: with fewer of
them the first one is beyond it, and what happens to one message in 200 is likely to be missed. And p99 would be of one.
"""

EXIT_CODES: dict[Verdict, int] = {
    "pass": 0,
    "regression": 1,
    "undecided": 3,
    "withheld": 3,
    "nothing measured": 4,
    "failed": 4,
}
"""2 is for wrong usage, which has no report."""


def targets(base: Arm, head: Arm) -> tuple[TargetState, ...]:
    """Where both arms stand beside each of the roadmap's targets that this run measured."""
    return tuple(
        TargetState(
            metric=row.metric.key,
            title=row.metric.title,
            text=row.target.text,
            base=row.baseline,
            head=row.candidate,
            base_meets=None if row.baseline is None else is_met(row.target, row.baseline),
            head_meets=row.target_met,
        )
        for row in compare(base, head)
        if row.target is not None and (row.baseline is not None or row.candidate is not None)
    )


def conclude(
    *,
    base: Side,
    head: Side,
    budget: str = "",
    findings: Sequence[Finding] = (),
    controls: Sequence[Control] = (),
    waivers: Sequence[WaiverState] = (),
    targets: Sequence[TargetState] = (),
    calibration: Calibration | None = None,
    explanation: Sequence[Moved] = (),
    trace: Trace | None = None,
    conditions: Conditions | None = None,
    notes: Sequence[str] = (),
    failure: str = "",
    nothing: str = "",
    wall_s: float | None = None,
) -> GateReport:
    """The report with its verdict. The first of these that is true decides.

    A tool failed; nothing was measured, or too few messages; a regression, or a waiver that fails, of a kind whose
    controls passed; a control failed or was not made; something is undecided. Exact and timed metrics have controls of
    their own: noise that the timed ones stumble over does not make an exact regression go away. `nothing` says why
    there was nothing to measure, where the caller knows.
    """
    nothing = nothing or _nothing(findings, trace)
    verdict, why = _verdict(findings, controls, waivers, failure=failure, nothing=nothing)
    return GateReport(
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        why=why,
        base=base,
        head=head,
        budget=budget,
        findings=tuple(findings),
        controls=tuple(controls),
        waivers=tuple(waivers),
        targets=tuple(targets),
        calibration=calibration,
        explanation=tuple(explanation),
        trace=trace,
        conditions=conditions or Conditions(),
        notes=tuple(notes),
        failure=failure,
        wall_s=wall_s,
    )


def _verdict(
    findings: Sequence[Finding],
    controls: Sequence[Control],
    waivers: Sequence[WaiverState],
    *,
    failure: str,
    nothing: str,
) -> tuple[Verdict, tuple[str, ...]]:
    if failure:
        return "failed", (failure,)
    if nothing:
        return "nothing measured", (nothing,)
    doubts = _doubts(findings, controls)
    worse = _failures([one for one in findings if one.kind not in doubts], waivers)
    if worse:
        return "regression", worse
    if doubts:
        return "withheld", tuple(chain.from_iterable(doubts.values()))
    still_open = _open(findings)
    return ("undecided", still_open) if still_open else ("pass", ())


def _nothing(findings: Sequence[Finding], trace: Trace | None) -> str:
    """Why nothing worth judging was measured; empty where something was."""
    if trace is not None and trace.messages < FEWEST_MESSAGES:
        few = f"{trace.messages} message{'' if trace.messages == 1 else 's'} of traffic"
        return f"{few} are too few to judge by: it takes {FEWEST_MESSAGES} or more; give more --minutes"
    if not any(_is_compared(one) for one in findings):
        return "no metric with a limit was measured of both: nothing can be said of this change"
    return ""


def _is_compared(one: Finding) -> bool:
    return one.base is not None and one.head is not None


def _open(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(f"{one.name}: {one.why}" for one in findings if one.is_open)


def _doubts(findings: Sequence[Finding], controls: Sequence[Control]) -> dict[Kind, list[str]]:
    """Why findings of a kind cannot be believed: a control of that kind failed, or there was none."""
    kinds = dict.fromkeys(one.kind for one in findings)
    reasons = {kind: _doubt(kind, [one for one in controls if one.kind == kind]) for kind in kinds}
    return {kind: why for kind, why in reasons.items() if why}


def _doubt(kind: Kind, controls: Sequence[Control]) -> list[str]:
    if not controls:
        return [f"no control of the {kind} metrics was made: nothing shows that they can tell a change from none"]
    return [
        f"control {one.name!r} failed: {one.wanted} expected, {one.found} found" for one in controls if not one.passed
    ]


def _failures(findings: Sequence[Finding], waivers: Sequence[WaiverState]) -> tuple[str, ...]:
    found = (f"{one.name}: {one.why}" for one in findings if one.failed)
    return (*found, *(f"waiver of {one.name} {one.state}: {one.why}" for one in waivers if one.failed))
