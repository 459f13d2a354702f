"""Controls: comparisons whose answer is known. A gate that gets one of them wrong has nothing to say."""

from collections.abc import Sequence

from reports.gate.model import Control, Finding, Kind

__all__ = ["nothing_changed", "slowed"]


def nothing_changed(kind: Kind, findings: Sequence[Finding], name: str = "A/A: base against itself") -> Control:
    """Passed where no finding is better, worse or failed."""
    raise NotImplementedError


def slowed(kind: Kind, findings: Sequence[Finding], name: str = "an injected slow-down") -> Control:
    """Passed where every finding given is worse: give those of the metrics that the slow-down must show in."""
    raise NotImplementedError
