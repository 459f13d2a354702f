"""A statement as CSV (RFC 4180), which no spreadsheet takes for formulas."""

import csv
import re
from collections.abc import Sequence
from io import StringIO

from service.core.queries import Transaction
from service.reply.statement_rows import COLUMNS, cells

__all__ = ["HEADER", "csv_rows"]

HEADER = (",".join(COLUMNS) + "\r\n").encode()

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SIGNS = r"=+\-@\t\r＝＋－＠"  # noqa: RUF001 - some spreadsheets read the wide ones as the narrow ones
# Not only at the start: a spreadsheet with another list separator begins a new cell within this one.
_BEGINS_A_FORMULA = re.compile(rf"""^(?=[{_SIGNS}|%])|(?<=[;,|"'\s])(?=[{_SIGNS}])""")


def csv_rows(movements: Sequence[Transaction]) -> bytes:
    """The lines of these movements, without the header."""
    lines = StringIO(newline="")
    writer = csv.writer(lines)
    for movement in movements:
        writer.writerow([_inert(cell) for cell in cells(movement)])
    return lines.getvalue().encode("utf-8", "replace")


def _inert(cell: str) -> str:
    """What a spreadsheet would take for a formula, behind an apostrophe: it shows the cell then, and computes nothing.

    As OWASP's "CSV Injection" has it, separators and quotes included; a number may begin with its sign.
    """
    if not _BEGINS_A_FORMULA.search(cell) or _NUMBER.fullmatch(cell):
        return cell
    return _BEGINS_A_FORMULA.sub("'", cell)
