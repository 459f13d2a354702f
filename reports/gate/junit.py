"""The gate's report as JUnit XML."""

from reports.gate.model import GateReport

__all__ = ["render"]


def render(report: GateReport) -> str:
    """The XML."""
    raise NotImplementedError
