"""What is in a statement: the lines of a CSV, and pages that another reader of PDF can read."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from io import BytesIO, StringIO
from typing import Any

import msgspec
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clocks import SystemClock
from service.core.errors import TooLarge
from service.core.messages import Document
from service.core.queries import Transaction
from service.flow.inline import Inline
from service.reply import statements
from service.reply.statement_csv import HEADER, csv_rows
from service.reply.statement_rows import COLUMNS, dollars
from service.reply.statements import BATCH_ROWS, MAX_ROWS, Statement, batches

DOCUMENT = Document("csv", "ann", "acc", "wallet", 0, 10, "2026-03", "flash-2026-03.csv", "Your payments")
MOVEMENT = Transaction("tx-1", True, "SUCCESS", 1_250, "12.50", "USD", 1_800_000_000, "lunch")


def movement(place: int = 1, **fields: Any) -> Transaction:
    return msgspec.structs.replace(MOVEMENT, id=f"tx-{place}", created_at_s=1_800_000_000 - place, **fields)


def lines(*movements: Transaction) -> list[dict[str, str]]:
    text = (HEADER + csv_rows(movements)).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def made(kind: str, movements: Sequence[Transaction], sizes: Callable[[int], int] = lambda left: BATCH_ROWS) -> bytes:
    async def main() -> bytes:
        statement = Statement(msgspec.structs.replace(DOCUMENT, kind=kind), Inline(SystemClock()))
        parts = [statement.begin()]
        parts += [await statement.batch(batch) async for batch in batches(paged(movements, sizes))]
        content = b"".join([*parts, statement.end()])
        assert len(content) == statement.size_bytes
        return content

    return asyncio.run(main())


async def paged(movements: Sequence[Transaction], size: Callable[[int], int]) -> AsyncIterator[Sequence[Transaction]]:
    """The movements in pages of these sizes."""
    left = list(movements)
    while left:
        count = max(1, size(len(left)))
        yield left[:count]
        del left[:count]


def test_a_movement_is_a_line_with_its_sign_its_time_and_its_words() -> None:
    sent, received = lines(movement(), movement(2, sent=False, amount_cents=5, display_amount="7.90"))
    assert tuple(sent) == COLUMNS
    assert sent == {
        "when_utc": "2027-01-15 07:59:59",
        "direction": "out",
        "amount_usd": "-12.50",
        "status": "SUCCESS",
        "display_amount": "-12.50",
        "display_currency": "USD",
        "note": "lunch",
        "id": "tx-1",
    }
    assert (received["direction"], received["amount_usd"], received["display_amount"]) == ("in", "0.05", "7.90")


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (-1, "-0.01"), (10**16 + 1, "100000000000000.01"), (-250, "-2.50")]
)
def test_dollars_are_exact(cents: int, text: str) -> None:
    assert dollars(cents) == text


@pytest.mark.parametrize("note", ["=1+1", "+1", "-2+3", "@SUM(A1)", "|calc", "%0a", "＝1+1", "\t=1", "\r=1", "\n=1"])  # noqa: RUF001 - the wide sign is meant
def test_no_note_is_a_formula(note: str) -> None:
    shown = lines(movement(memo=note))[0]["note"]
    assert shown == f"'{note.strip()}"


@pytest.mark.parametrize(
    "note",
    [
        "thanks;=1+1;",
        "a,=1",
        "a|=1+1",
        "a\t=1+1",
        'a;"=1+1"',
        "a; =1",
        'x;=HYPERLINK("a"&A1;"b")',
        "a;@b",
        "a;＋1",  # noqa: RUF001 - the wide sign is meant
        "a '-1",
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|", " "])
def test_no_note_is_a_formula_where_cells_are_separated_otherwise(note: str, separator: str) -> None:
    text = csv_rows([movement(memo=note, status=note, sent=False)]).decode()
    found = [cell for row in csv.reader(StringIO(text, newline=""), delimiter=separator) for cell in row]
    assert "'" in "".join(found)
    assert [cell for cell in found if cell.lstrip(' "')[:1] in set("=+-@")] == []


def test_what_is_no_formula_is_left_as_it_is() -> None:
    line = lines(movement(memo="2+2=4, a-b; 100% a|b me@home.example"))[0]
    assert line["note"] == "2+2=4, a-b; 100% a|b me@home.example"


@pytest.mark.parametrize("amount", ["=1", "1e9", "12.50 ", "-=1", "١٢", "", "+" * 600])
def test_a_displayed_amount_that_is_no_number_is_text(amount: str) -> None:
    shown = lines(movement(display_amount=amount))[0]["display_amount"]
    assert shown[:1] not in set("=+-@")


@given(st.text(), st.text(), st.text())
def test_whatever_others_write_stays_in_its_cell(note: str, status: str, name: str) -> None:
    [line] = lines(movement(memo=note, status=status, display_currency=name))
    assert set(line) == set(COLUMNS)
    cells = [line["note"], line["status"], line["display_currency"]]
    assert all(cell[:1] not in set("=@\t\r") and "\n" not in cell and "\r" not in cell for cell in cells)


def test_a_pdf_can_be_read_by_others_and_has_every_movement() -> None:
    movements = [movement(place, memo="(a\\b) é 漢") for place in range(2 * BATCH_ROWS + 7)]
    reader = pypdf.PdfReader(BytesIO(made("pdf", movements)), strict=True)
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == 21
    assert [f"page {number}" in text for number, text in enumerate(pages, 1)] == [True] * 21
    found = [line.split()[-1] for text in pages for line in text.splitlines() if line.startswith("20")]
    assert found == [each.id for each in movements]
    assert r"(a\b) é ?" in pages[0]
    assert "-12.50" in pages[20]


@pytest.mark.parametrize("kind", ["csv", "pdf"])
@pytest.mark.parametrize("size", [1, 7, 499, 500, 501, 5_000])
def test_how_the_movements_were_paged_makes_no_difference(kind: str, size: int) -> None:
    movements = [movement(place) for place in range(1_203)]
    assert made(kind, movements, lambda _: size) == made(kind, movements)


def test_the_summary_has_what_came_in_and_what_went_out() -> None:
    async def main() -> list[str]:
        statement = Statement(DOCUMENT, Inline(SystemClock()))
        await statement.batch([movement()])
        one = statement.summary
        await statement.batch([movement(2, sent=False, amount_cents=100_000), movement(3, amount_cents=1)])
        return [one, statement.summary]

    assert asyncio.run(main()) == [
        "1 payment: $0.00 received, $12.50 sent.",
        "3 payments: $1,000.00 received, $12.51 sent.",
    ]


def test_a_statement_has_a_greatest_number_of_movements() -> None:
    async def main() -> None:
        statement = Statement(DOCUMENT, Inline(SystemClock()))
        statement.rows = MAX_ROWS - 1
        await statement.batch([movement()])
        with pytest.raises(TooLarge):
            await statement.batch([movement()])

    asyncio.run(main())


def test_a_statement_has_a_greatest_size() -> None:
    async def main() -> None:
        statement = Statement(DOCUMENT, Inline(SystemClock()))
        statement.size_bytes = statements.MAX_BYTES
        with pytest.raises(TooLarge):
            await statement.batch([movement()])

    asyncio.run(main())
