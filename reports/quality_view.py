"""The report of the code quality gate."""

from collections.abc import Sequence

import msgspec

from reports.document import Cell, Column, Document, Grid

__all__ = ["Check", "document"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule held against the code: what was found, what is allowed, and the places that break it."""

    rule: str
    found: str
    limit: str
    passed: bool
    places: tuple[str, ...] = ()


def document(checks: Sequence[Check]) -> Document:
    """A table of the checks, with the places to mend below it."""
    return Document(
        title="Code quality",
        grids=(
            Grid(
                columns=(Column("rule", "text"), Column("found"), Column("limit"), Column("verdict", "text")),
                rows=tuple(_row(check) for check in checks),
            ),
        ),
        notes=tuple(f"{check.rule}: {place}" for check in checks for place in check.places),
    )


def _row(check: Check) -> tuple[Cell, ...]:
    verdict = Cell("pass", "good") if check.passed else Cell("FAIL", "bad")
    return (Cell(check.rule), Cell(check.found), Cell(check.limit), verdict)
