"""What `pulse doctor` found: one line for each thing that it looked at, and what to do where it is not well."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from reports.document import Cell, Column, Document, Grid, Tone

__all__ = ["Checkup", "Finding", "State", "document"]

State = Literal["ok", "warning", "failed"]

_TONES: dict[State, Tone] = {"ok": "good", "warning": "strong", "failed": "bad"}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `advice` says what to do unless it is well.

    A warning is about measuring: something is missing or makes figures worse. What failed keeps the bot from running.
    """

    subject: str
    state: State
    found: str
    advice: str = ""


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """All findings; `ok` unless one of them failed."""

    ok: bool
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "Checkup":
        """The findings, and whether all is well enough to run the bot."""
        return cls(ok=all(one.state != "failed" for one in findings), findings=tuple(findings))


def document(checkup: Checkup) -> Document:
    """A table of the findings, with a line for each thing to do below it."""
    counts = Counter(one.state for one in checkup.findings)
    summary = ", ".join(f"{counts[state]} {state}" for state in _TONES if counts[state])
    return Document(
        title=f"Checkup: {summary}",
        grids=(
            Grid(
                columns=(Column("what", "text"), Column("state", "text"), Column("found", "text")),
                rows=tuple(
                    (Cell(one.subject), Cell(one.state, _TONES[one.state]), Cell(one.found)) for one in checkup.findings
                ),
            ),
        ),
        notes=tuple(f"{one.subject}: {one.advice}" for one in checkup.findings if one.advice),
    )
