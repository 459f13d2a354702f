"""The gate's report as Markdown, for a comment on a pull request and for a job's summary."""

from reports.gate.model import GateReport

__all__ = ["markdown"]


def markdown(report: GateReport) -> str:
    """The comment."""
    raise NotImplementedError
