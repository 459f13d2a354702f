"""Sections as Markdown for a pull request: the headline and the main table, and the rest folded."""

from collections.abc import Sequence

from reports.document import Document, Grid
from reports.html.contents import Section
from reports.markdown import render as page

__all__ = ["render"]


def render(sections: Sequence[Section]) -> str:
    """The text, with what only some want to read in `<details>`."""
    return "\n".join(_section(section) for section in sections)


def _section(section: Section) -> str:
    alarm = (f"**{section.alarm}**",) if section.alarm else ()
    lines = tuple(f"- {line}" for line in section.lines)
    blocks = [page(Document(title=section.title, lines=(*alarm, "\n".join(lines)), grids=_bare(section.facts)))]
    blocks += [_folded(chart.title, (chart.table,)) for chart in section.charts]
    blocks += [_folded(grid.title, (grid,)) for grid in _bare(section.details, keep=True)]
    blocks.append(_folded("Notes and conditions", (), (*section.missing, *section.notes, *_conditions(section))))
    return "\n".join(blocks)


def _bare(grids: Sequence[Grid], *, keep: bool = False) -> tuple[Grid, ...]:
    return tuple(grid if keep else Grid(columns=grid.columns, rows=grid.rows) for grid in grids)


def _conditions(section: Section) -> tuple[str, ...]:
    return tuple(f"{name}: {text}" for name, text in section.conditions)


def _folded(title: str, grids: Sequence[Grid], notes: Sequence[str] = ()) -> str:
    """GitHub wants an empty line between the summary and the Markdown."""
    body = page(
        Document(title="", grids=tuple(Grid(columns=g.columns, rows=g.rows) for g in grids), notes=tuple(notes))
    )
    text = body.removeprefix("## ").strip()
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>\n"
