"""Sections as Markdown for a pull request: the headline and the main table, and the rest folded."""

import re
from collections.abc import Sequence

from reports.document import Cell, Column, Document, Grid
from reports.html.contents import Section
from reports.markdown import render as markdown

__all__ = ["render"]

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def render(sections: Sequence[Section]) -> str:
    """The text, with what only some want to read in `<details>`. What a run says of itself can be no markup in it."""
    return "\n".join(_section(section) for section in sections)


def _section(section: Section) -> str:
    alarm = [f"**{_text(section.alarm)}**"] if section.alarm else []
    lines = "\n".join(f"- {_text(line)}" for line in section.lines)
    head = Document(
        title=_text(section.title), lines=(*alarm, *filter(None, [lines])), grids=tuple(map(_grid, section.facts))
    )
    blocks = [markdown(head)]
    blocks += [_folded(chart.title, (chart.table,)) for chart in section.charts]
    blocks += [_folded(grid.title, (grid,)) for grid in section.details]
    conditions = (f"{name}: {text}" for name, text in section.conditions)
    blocks.append(_folded("Notes and conditions", (), (*section.missing, *section.notes, *conditions)))
    return "\n".join(blocks)


def _folded(title: str, grids: Sequence[Grid], notes: Sequence[str] = ()) -> str:
    """Markdown inside of HTML has to have an empty line before and after it."""
    inside = Document(title="", grids=tuple(map(_grid, grids)), notes=tuple(map(_text, notes)))
    text = markdown(inside).removeprefix("## ").strip()
    return f"<details><summary>{_text(title)}</summary>\n\n{text}\n\n</details>\n"


def _grid(grid: Grid) -> Grid:
    """The table without its title, which stands elsewhere."""
    columns = tuple(Column(_text(column.title), column.kind) for column in grid.columns)
    return Grid(columns=columns, rows=tuple(tuple(Cell(_text(cell.text)) for cell in row) for row in grid.rows))


def _text(text: str) -> str:
    """In one line, and nothing in it is a tag."""
    return _TAG.sub("&lt;", " ".join(text.split()))
