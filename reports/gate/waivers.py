"""Waivers: regressions that were accepted, each up to a ceiling, for a reason and until a day.

A waiver that has expired, or that nothing needs any more, fails: it would hide the next regression.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from reports.gate.model import Finding, WaiverState
from reports.gate.rules import Waiver
from reports.gate.wording import change_of
from reports.measures import COSTS, measure_named

__all__ = ["waive"]


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: dt.date
) -> tuple[tuple[Finding, ...], tuple[WaiverState, ...]]:
    """The findings with the waived ones marked, and what became of each waiver.

    A waiver holds through the day it expires. One whose metric or phase this run did not measure neither helps nor
    fails.
    """
    kept, states = list(findings), []
    for waiver in waivers:
        state, why = _state(waiver, kept, today)
        states.append(_as_state(waiver, state, why))
        if state == "used":
            kept = [_waived(one, waiver) if _concerns(waiver, one) and one.failed else one for one in kept]
    return tuple(kept), tuple(states)


def _concerns(waiver: Waiver, finding: Finding) -> bool:
    return (
        finding.metric == waiver.metric and finding.command == waiver.command and waiver.phase in {None, finding.phase}
    )


def _state(waiver: Waiver, findings: Sequence[Finding], today: dt.date) -> tuple[str, str]:
    if today > waiver.expires:
        return "expired", f"it ended on {waiver.expires}: remove it, or mend what it was for"
    concerned = [finding for finding in findings if _concerns(waiver, finding)]
    failed = [finding for finding in concerned if finding.failed]
    if failed:
        return _against(waiver, failed)
    if concerned:
        return "unused", "nothing needs it any more: remove it"
    return _without_a_figure(waiver, findings)


def _without_a_figure(waiver: Waiver, findings: Sequence[Finding]) -> tuple[str, str]:
    if waiver.phase is not None and waiver.phase not in {finding.phase for finding in findings}:
        return "not measured", f"this run did not measure phase {waiver.phase}"
    if _is_of_costs_that_nobody_compared(waiver, findings):
        return "not measured", "no costs by command were compared in this run"
    if waiver.metric in {finding.metric for finding in findings}:
        return "unused", f"there is no such figure: {waiver.metric} of {waiver.command or 'all commands'} is not judged"
    return "not measured", "this run did not measure the metric"


def _is_of_costs_that_nobody_compared(waiver: Waiver, findings: Sequence[Finding]) -> bool:
    """Older code does not measure what commands cost: beside it, such a waiver is not stale."""
    is_of_costs = bool(waiver.command) and waiver.metric in COSTS
    return is_of_costs and not any(one.command and one.metric in COSTS for one in findings)


def _against(waiver: Waiver, failed: Sequence[Finding]) -> tuple[str, str]:
    beyond = next((finding for finding in failed if not _is_within(finding, waiver)), None)
    if beyond is None:
        return "used", f"accepted until {waiver.expires}: {waiver.reason}"
    changed = change_of(measure_named(waiver.metric), beyond.base, beyond.head)
    return "exceeded", f"{changed}, and the ceiling is {waiver.ceiling.text}"


def _is_within(finding: Finding, waiver: Waiver) -> bool:
    """A figure that is missing is beyond every ceiling. Of a timed metric, its estimate decides."""
    if finding.base is None or finding.head is None:
        return False
    change = finding.head - finding.base
    harm = change if finding.better == "lower" else -change
    return harm <= waiver.ceiling.at(finding.base)


def _waived(finding: Finding, waiver: Waiver) -> Finding:
    why = f"{finding.why}; waived until {waiver.expires}: {waiver.reason}"
    return msgspec.structs.replace(finding, failed=False, waived=True, why=why)


def _as_state(waiver: Waiver, state: str, why: str) -> WaiverState:
    return msgspec.convert(
        {
            "metric": waiver.metric,
            "command": waiver.command,
            "phase": waiver.phase,
            "ceiling": waiver.ceiling.text,
            "reason": waiver.reason,
            "expires": waiver.expires.isoformat(),
            "state": state,
            "failed": state not in {"used", "not measured"},
            "why": why,
        },
        WaiverState,
    )
