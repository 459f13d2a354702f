"""The gate's findings as annotations of a CI: GitHub's workflow commands and GitLab's Code Quality report."""

from reports.gate.model import GateReport

__all__ = ["github", "gitlab"]


def github(report: GateReport) -> str:
    """Workflow commands, a line each, for standard output."""
    raise NotImplementedError


def gitlab(report: GateReport) -> bytes:
    """The Code Quality JSON."""
    raise NotImplementedError
