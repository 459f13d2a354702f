"""The gate's report as a document."""

from reports.document import Document
from reports.gate.model import GateReport

__all__ = ["document"]


def document(report: GateReport) -> Document:
    """The report for a terminal."""
    raise NotImplementedError
