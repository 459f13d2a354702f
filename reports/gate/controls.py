"""Controls: comparisons whose answer is known. A gate that gets one of them wrong has nothing to say."""

from collections.abc import Sequence

from reports.gate.model import Control, Finding, Kind

__all__ = ["nothing_changed", "slowed"]


def nothing_changed(kind: Kind, findings: Sequence[Finding], name: str = "A/A: base against itself") -> Control:
    """Passed where nothing was found to differ: exact figures have to be the same, timed ones may be undecided.

    Without findings it has not passed.
    """
    differing = [f"{one.name} {one.outcome}" for one in findings if _differs(one)]
    found = ", ".join(differing) or ("nothing differs" if findings else "nothing was measured")
    return Control(
        name=name,
        kind=kind,
        wanted="nothing differs",
        found=found,
        passed=bool(findings) and not differing,
    )


def slowed(kind: Kind, findings: Sequence[Finding], name: str = "an injected slow-down") -> Control:
    """Passed where every finding given is worse: give those of the metrics that the slow-down must show in.

    Without findings it has not passed.
    """
    found = ", ".join(f"{one.name} {one.outcome}" for one in findings) or "nothing was measured"
    return Control(
        name=name,
        kind=kind,
        wanted="worse",
        found=found,
        passed=bool(findings) and all(one.outcome == "worse" and one.failed for one in findings),
    )


def _differs(finding: Finding) -> bool:
    allowed = {"same"} if finding.kind == "exact" else {"same", "undecided"}
    return finding.failed or finding.outcome not in allowed
