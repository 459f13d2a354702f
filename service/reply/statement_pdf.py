"""A statement as PDF 1.4, written page by page: what was written is never looked at again.

The built-in typewriter font needs no file and has columns of its own accord; it knows Western European letters, and
shows a question mark for others. What a library would keep until the end, here is one number for each object.
"""

import zlib
from array import array
from collections.abc import Sequence

from service.core.queries import Transaction
from service.reply.statement_rows import cells

__all__ = ["ROWS_PER_PAGE", "PdfFrame", "pdf_pages"]

ROWS_PER_PAGE = 50

_WIDTHS = (20, 4, 14, 9, 15, 5, 20, 36)
_TITLES = ("When (UTC)", "", "US dollars", "Status", "Displayed", "", "Note", "Id")
_RIGHT = frozenset({2, 4})  # columns of amounts
_MEDIA = b"/MediaBox [0 0 595 842]"  # A4, in points
_FONT_PT = 7
_LEADING_PT = 14
_LEFT_PT, _TOP_PT = 24, 800
_FIRST_PAGE = 4  # objects 1 to 3 are the catalogue, the list of pages, and the font
_LEVEL = 6


def pdf_pages(title: str, first_number: int, movements: Sequence[Transaction]) -> list[bytes]:
    """The compressed contents of the pages of these movements, the first of which has this number."""
    starts = range(0, len(movements), ROWS_PER_PAGE)
    return [
        _page(title, first_number + place, movements[start : start + ROWS_PER_PAGE])
        for place, start in enumerate(starts)
    ]


class PdfFrame:
    """What is around the pages; it counts what it was given, and gives the bytes to write."""

    def __init__(self) -> None:
        self._size = 0
        self._offsets = array("Q")
        self.pages = 0

    def begin(self) -> bytes:
        """The head of the file."""
        return self._written(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def page(self, content: bytes) -> bytes:
        """One page more."""
        number = _FIRST_PAGE + 2 * self.pages
        self.pages += 1
        page = b"<< /Type /Page /Parent 2 0 R %s /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R >>" % (
            _MEDIA,
            number + 1,
        )
        stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content)
        return self._object(number, page) + self._object(number + 1, stream)

    def end(self) -> bytes:
        """The list of pages, and where everything is."""
        kids = b" ".join(b"%d 0 R" % (_FIRST_PAGE + 2 * place) for place in range(self.pages))
        of_pages, self._offsets = self._offsets, array("Q")
        tail = self._object(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        tail += self._object(2, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, self.pages))
        tail += self._object(3, b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>")
        self._offsets += of_pages
        places = b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets)
        count = len(self._offsets) + 1
        xref = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, places)
        return tail + xref + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, self._size)

    def _object(self, number: int, body: bytes) -> bytes:
        self._offsets.append(self._size)
        return self._written(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _written(self, data: bytes) -> bytes:
        self._size += len(data)
        return data


def _page(title: str, number: int, movements: Sequence[Transaction]) -> bytes:
    heads = [f"{title}   page {number}", "", _line(_TITLES)]
    lines = [*heads, *(_line(cells(movement)) for movement in movements)]
    shown = b"".join(b"(%s) '\n" % _escaped(line) for line in lines)
    setting = b"BT /F %d Tf %d TL %d %d Td\n" % (_FONT_PT, _LEADING_PT, _LEFT_PT, _TOP_PT)
    return zlib.compress(setting + shown + b"ET\n", _LEVEL)


def _line(row: Sequence[str]) -> str:
    columns = zip(row, _WIDTHS, strict=True)
    return " ".join(
        cell[:width].rjust(width) if place in _RIGHT else cell[:width].ljust(width)
        for place, (cell, width) in enumerate(columns)
    ).rstrip()


def _escaped(line: str) -> bytes:
    """A literal string of PDF."""
    text = line.encode("cp1252", "replace")
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
