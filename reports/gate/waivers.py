"""Waivers: regressions that were accepted, each up to a ceiling, for a reason and until a day."""

import datetime
from collections.abc import Sequence

from reports.gate.model import Finding, WaiverState
from reports.gate.rules import Waiver

__all__ = ["waive"]


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: datetime.date
) -> tuple[tuple[Finding, ...], tuple[WaiverState, ...]]:
    """The findings with the waived ones marked, and what became of each waiver."""
    raise NotImplementedError
