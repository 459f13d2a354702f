"""The gate's report as Markdown, for a comment on a pull request and for a job's summary."""

import msgspec

from reports.document import Document
from reports.gate.model import GateReport
from reports.gate.view import document
from reports.markdown import render

__all__ = ["MARKER", "markdown"]

MARKER = "<!-- pulse-gate -->"
"""The first line: by it a job finds its own earlier comment, and replaces it."""

_SIGNS = {"pass": "✅", "regression": "❌", "failed": "💥", "nothing measured": "💥"}
_UNSURE = "⚠️"
_MOST_CHARACTERS = 60_000
"""GitHub takes 65,536 in a comment."""


def markdown(report: GateReport) -> str:
    """The verdict and the metrics over all commands, the rest folded away. Never longer than a comment may be."""
    whole = document(report)
    top = Document(
        title=f"{_SIGNS.get(report.verdict, _UNSURE)} {whole.title}",
        lines=tuple(_escaped(line) for line in whole.lines),
        grids=tuple(grid for grid in whole.grids if not grid.title),
    )
    rest = [
        _folded(render(Document(title=grid.title, grids=(msgspec.structs.replace(grid, title=""),))), grid.title)
        for grid in whole.grids
        if grid.title
    ]
    notes = "\n".join(f"- {_escaped(note)}" for note in whole.notes)
    text = "\n".join([MARKER, render(top), *rest, *([_folded(notes, "How to read this")] if notes else [])])
    if len(text) <= _MOST_CHARACTERS:
        return text
    return f"{MARKER}\n{render(top)[:_MOST_CHARACTERS]}\n\nThe rest did not fit here: the job's log has it.\n"


def _folded(text: str, title: str) -> str:
    body = text.partition("\n")[2].strip() if text.startswith("## ") else text
    return f"<details><summary>{_escaped(title)}</summary>\n\n{body}\n\n</details>\n"


def _escaped(text: str) -> str:
    """Text of others (branch names, reasons of waivers) is shown, not interpreted."""
    for character in "&<>":
        text = text.replace(character, {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[character])
    return text.replace("@", "@\u200b")
