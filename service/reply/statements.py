"""Statements, batch by batch: a batch of movements is the unit of work for the processor, however they are made."""

from collections.abc import AsyncIterator, Sequence

from service.core.errors import TooLarge
from service.core.messages import Document
from service.core.money import format_usd
from service.core.queries import Transaction
from service.ports import Compute
from service.reply.statement_csv import HEADER, csv_rows
from service.reply.statement_pdf import ROWS_PER_PAGE, PdfFrame, pdf_pages

__all__ = ["BATCH_ROWS", "MAX_BYTES", "MAX_ROWS", "MIME_TYPES", "Statement", "batches", "check_rows"]

BATCH_ROWS = 10 * ROWS_PER_PAGE
"""Movements in a batch: whole pages, so that it does not matter to a page which batch it was in."""

MAX_ROWS = 100_000
MAX_BYTES = 95_000_000
"""Below what WhatsApp takes as a document, which is 100 MB with the form around it."""

MIME_TYPES = {"csv": "text/plain", "pdf": "application/pdf"}
"""WhatsApp takes no text/csv; the file's name says what it is."""


class Statement:
    """One statement in the making: gives the bytes to write, and counts. Raises TooLarge, and WorkLost."""

    def __init__(self, document: Document, compute: Compute) -> None:
        self._document = document
        self._compute = compute
        self._frame = PdfFrame()
        self._received_cents = 0
        self._sent_cents = 0
        self.rows = 0
        self.size_bytes = 0

    @property
    def summary(self) -> str:
        """How many movements, and how much came in and went out."""
        movements = "1 payment" if self.rows == 1 else f"{self.rows:,} payments"
        return f"{movements}: {format_usd(self._received_cents)} received, {format_usd(self._sent_cents)} sent."

    def begin(self) -> bytes:
        return self._counted(HEADER if self._document.kind == "csv" else self._frame.begin())

    async def batch(self, movements: Sequence[Transaction]) -> bytes:
        """At most BATCH_ROWS movements more; only the last batch may have fewer."""
        self.rows += len(movements)
        check_rows(self.rows)
        self._sent_cents += sum(movement.amount_cents for movement in movements if movement.sent)
        self._received_cents += sum(movement.amount_cents for movement in movements if not movement.sent)
        return self._counted(await self._rendered(tuple(movements)))

    def end(self) -> bytes:
        return self._counted(b"" if self._document.kind == "csv" else self._frame.end())

    async def _rendered(self, movements: tuple[Transaction, ...]) -> bytes:
        if self._document.kind == "csv":
            lines: bytes = await self._compute("csv_rows", csv_rows, movements)
            return lines
        title = f"Flash statement, {self._document.period}"
        pages = await self._compute("pdf_rows", pdf_pages, title, self._frame.pages + 1, movements)
        return b"".join(self._frame.page(page) for page in pages)

    def _counted(self, data: bytes) -> bytes:
        self.size_bytes += len(data)
        if self.size_bytes > MAX_BYTES:
            raise TooLarge(self.rows)
        return data


def check_rows(count: int) -> None:
    """Raises TooLarge for more movements than a statement may have."""
    if count > MAX_ROWS:
        raise TooLarge(MAX_ROWS)


async def batches(pages: AsyncIterator[Sequence[Transaction]]) -> AsyncIterator[Sequence[Transaction]]:
    """The same movements in batches of BATCH_ROWS, however many a page has."""
    held: list[Transaction] = []
    async for page in pages:
        held += page
        while len(held) >= BATCH_ROWS:
            yield held[:BATCH_ROWS]
            del held[:BATCH_ROWS]
    if held:
        yield held
