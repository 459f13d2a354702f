"""The verdict of a gate run, and its exit code."""

from collections.abc import Sequence

from reports.gate.model import Calibration, Control, Finding, GateReport, Moved, Side, TargetState, WaiverState
from reports.model import Arm, Conditions, Trace

__all__ = ["conclude", "targets"]


def targets(base: Arm, head: Arm) -> tuple[TargetState, ...]:
    """Where each of the roadmap's targets stands."""
    raise NotImplementedError


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
    wall_s: float | None = None,
) -> GateReport:
    """The report with its verdict."""
    raise NotImplementedError
