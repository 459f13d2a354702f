"""A report as facts: text, tables and tones, for a renderer to show on a terminal or a page."""

from typing import Literal

import msgspec

__all__ = ["Cell", "Column", "Document", "Grid", "Tone", "cells"]

Tone = Literal["plain", "good", "bad", "muted", "strong"]


class Cell(msgspec.Struct, frozen=True):
    """A table's cell. The tone repeats what the text already says."""

    text: str
    tone: Tone = "plain"


class Column(msgspec.Struct, frozen=True):
    """A table's column. Text columns may wrap, figures never do."""

    title: str
    kind: Literal["text", "figure"] = "figure"


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table; every row has a cell for every column."""

    title: str = ""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A title, lines of introduction, tables, and what a reader should know about them."""

    title: str
    lines: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()


def cells(*texts: str) -> tuple[Cell, ...]:
    """A row of plain cells."""
    return tuple(Cell(text) for text in texts)
