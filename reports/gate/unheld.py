"""Limits that nothing was held against: a reader must not take them for kept."""

from collections.abc import Iterator, Sequence

from reports.gate.model import Finding, Kind
from reports.gate.rules import Budget, Limit
from reports.measures import measure_named

__all__ = ["unheld"]


def unheld(budget: Budget, findings: Sequence[Finding], *, phase: int | None = None) -> Iterator[str]:
    """A line for those of each kind that hold in that phase, and for which there is no finding."""
    limits = [one for one in budget.limits if one.phase in {None, phase}]
    timed, exact = (_names(limits, findings, kind) for kind in ("timed", "exact"))
    if timed:
        why = "not measured" if _of_kind(findings, "timed") else "not measured without --timed"
        yield f"timed limits on figures that were {why}, and so not judged: {', '.join(timed)}"
    if exact:
        yield f"limits on figures that this run has not, or of too few messages, and so not judged: {', '.join(exact)}"


def _names(limits: Sequence[Limit], findings: Sequence[Finding], kind: Kind) -> list[str]:
    found = _of_kind(findings, kind)
    unheld = [one for one in limits if _kind(one) == kind and not any(_concerns(one, finding) for finding in found)]
    return list(dict.fromkeys(f"{one.metric}:{one.command}" if one.command else one.metric for one in unheld))


def _of_kind(findings: Sequence[Finding], kind: Kind) -> list[Finding]:
    return [one for one in findings if one.kind == kind]


def _kind(limit: Limit) -> Kind:
    """A limit of either kind is an exact one wherever there is an exact figure of its metric."""
    return limit.kind or ("timed" if measure_named(limit.metric).process else "exact")


def _concerns(limit: Limit, finding: Finding) -> bool:
    is_command = bool(finding.command) if limit.command == "*" else finding.command == limit.command
    return finding.metric == limit.metric and is_command
