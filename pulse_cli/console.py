"""The terminal: documents as tables, progress bars, and errors in one line. The only module that knows rich.

Colours repeat what the text says; NO_COLOR, a pipe or a dumb terminal gets the text alone.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from reports.document import Cell, Column, Document, Grid, Tone

__all__ = ["EXIT_USAGE", "Bar", "board", "error_console", "fail", "output_console", "progress", "show", "warn", "watch"]

EXIT_USAGE = 2
_PIPE_WIDTH = 110
_UNBOUNDED = 10_000
_STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "red", "muted": "dim", "strong": "bold"}


def output_console() -> Console:
    """Standard output as it is now: the terminal's width and colours, or a plain pipe with room for a whole table."""
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


def error_console() -> Console:
    """Standard error, for progress, warnings and errors: standard output stays clean for results."""
    return Console(file=sys.stderr, highlight=False)


def show(document: Document, console: Console | None = None) -> None:
    """Prints a document. No figure is ever cut off: a table too wide for the terminal is shown row by row."""
    console = console or output_console()
    console.print(Text(document.title, "bold"))
    for line in document.lines:
        console.print(Text(line))
    for grid in document.grids:
        console.print()
        _show_grid(grid, console)
    for note in document.notes:
        console.print()
        console.print(Text(note, "dim"))


class Bar:
    """A progress bar: a call moves it forward by an amount, `say` writes what is being done behind its title."""

    def __init__(self, advance: Callable[[float], None], say: Callable[[str], None]) -> None:
        self._advance = advance
        self.say = say

    def __call__(self, amount: float) -> None:
        self._advance(amount)


@contextmanager
def progress(title: str, total: float, console: Console | None = None) -> Iterator[Bar]:
    """A progress bar on standard error, gone at the end.

    Where standard error is no terminal, nothing is drawn.
    """
    from rich.progress import Progress  # noqa: PLC0415 - 40 ms of import that only a bar needs

    console = console or error_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield Bar(
            lambda amount: bar.advance(task, amount),
            lambda what: bar.update(task, description=f"{title}: {what}", refresh=True),
        )


@contextmanager
def board(console: Console | None = None) -> Iterator[Callable[[Document], None]]:
    """Gives the function that shows one document in the place of the one before; where that cannot be, below it."""
    from rich.live import Live  # noqa: PLC0415 - 20 ms of import that only this needs

    console = console or output_console()
    if not console.is_terminal:
        yield lambda document: show(document, console)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield lambda document: live.update(_page(document, console), refresh=True)


def _page(document: Document, console: Console) -> Text:
    page = Console(
        file=io.StringIO(), width=console.width, force_terminal=True, highlight=False, no_color=console.no_color
    )
    with page.capture() as text:
        show(document, page)
    return Text.from_ansi(text.get())


def watch(documents: Iterable[Document], console: Console | None = None) -> None:
    """Shows documents on a board, for as long as they come."""
    with board(console) as put:
        for document in documents:
            put(document)


def warn(message: str, console: Console | None = None) -> None:
    """Prints a warning to standard error."""
    (console or error_console()).print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)


def fail(what: str, why: str = "", next_step: str = "", code: int = EXIT_USAGE) -> NoReturn:
    """Ends the program with one line on standard error: what failed, why, and what to do next.

    Raises:
        SystemExit: always, with `code`.
    """
    message = "; ".join([": ".join(filter(None, [what, why])), *filter(None, [next_step])])
    line = " ".join(message.split())  # a cause may have brought line breaks along
    error_console().print(Text.assemble(("error: ", "bold red"), line), soft_wrap=True)
    raise SystemExit(code)


def _show_grid(grid: Grid, console: Console) -> None:
    if grid.title:
        console.print(Text(grid.title, "bold"))
    table = _table(grid)
    unbounded = console.options.update(width=_UNBOUNDED)
    if Measurement.get(console, unbounded, table).minimum <= console.width:
        console.print(table)
    else:
        _show_rows(grid, console)


def _table(grid: Grid) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for column, texts in zip(grid.columns, _texts(grid), strict=True):
        if column.kind == "figure":
            table.add_column(
                _head(column), justify="right", no_wrap=True, min_width=max(map(cell_len, texts), default=0)
            )
        else:
            table.add_column(_head(column))
    for row in grid.rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _texts(grid: Grid) -> list[list[str]]:
    """The texts of each column."""
    return [[row[index].text for row in grid.rows] for index in range(len(grid.columns))]


def _head(column: Column) -> Text:
    """A column's title; above figures on as many lines as it has words, so that it does not widen them."""
    return Text(column.title if column.kind == "text" else column.title.replace(" ", "\n"))


def _text(cell: Cell) -> Text:
    return Text(cell.text, _STYLES[cell.tone])


def _show_rows(grid: Grid, console: Console) -> None:
    """Each row as its first cell, and below it one line for each other cell."""
    for row in grid.rows:
        console.print(Text(row[0].text, "bold"), soft_wrap=True)
        for column, cell in zip(grid.columns[1:], row[1:], strict=True):
            if cell.text:
                console.print(Text.assemble(f"  {column.title}: ", _text(cell)), soft_wrap=True)
