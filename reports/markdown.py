"""A document as Markdown with GitHub's tables."""

from collections.abc import Iterable

from reports.document import Document, Grid

__all__ = ["render"]

_RULES = {"text": ":--", "figure": "--:"}


def render(document: Document) -> str:
    """The document as Markdown text. Tones are left out: the text of a cell says what they say."""
    blocks = [f"## {document.title}", *document.lines]
    for grid in document.grids:
        blocks += [f"### {grid.title}", _table(grid)] if grid.title else [_table(grid)]
    if document.notes:
        blocks.append("\n".join(f"- {note}" for note in document.notes))
    return "\n\n".join(blocks) + "\n"


def _table(grid: Grid) -> str:
    titles = _line(column.title for column in grid.columns)
    rule = _line(_RULES[column.kind] for column in grid.columns)
    return "\n".join([titles, rule, *(_line(cell.text for cell in row) for row in grid.rows)])


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"
