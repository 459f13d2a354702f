"""A chart as facts: a figure for plotly.js, and the same in words and as a table. Colours are names to the page."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from reports.bench_tables import arm_label
from reports.document import Grid
from reports.model import Arm

__all__ = ["MAX_ARMS", "Chart", "Style", "axis", "capital", "label", "layout", "plain", "shown", "styles", "thin"]

MAX_ARMS = 8
"""Curves of one chart that can still be told apart."""

_POINTS = 200
_DASHES = ("dot", "solid", "dash", "dashdot", "longdash", "longdashdot", "dash", "dashdot")
_SYMBOLS = ("circle-open", "circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x")


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """`words` say what can be seen, for those who see it and those who do not. `wide` ones take a row of their own.

    `figure` has `data` and `layout` as plotly.js takes them; a colour may be "@name", which each theme defines.
    """

    key: str
    title: str
    words: str
    figure: dict[str, Any]
    table: Grid
    height_px: int = 380
    wide: bool = False


class Style(msgspec.Struct, frozen=True):
    """How an arm looks in every chart; no two arms differ by colour alone."""

    colour: str
    dash: str
    symbol: str
    width: float

    def line(self) -> dict[str, Any]:
        """For a curve."""
        return {"color": self.colour, "dash": self.dash, "width": self.width}


def styles(count: int) -> list[Style]:
    """Of so many arms: the baseline muted, the last one strong, those between in colours of their own."""
    if count == 1:
        return [Style("@last", "solid", "circle", 2.5)]
    between = [Style(f"@arm{n}", _DASHES[2 + (n - 1) % 6], _SYMBOLS[2 + (n - 1) % 6], 1.5) for n in range(1, count - 1)]
    return [Style("@base", "dot", "circle-open", 2.0), *between, Style("@last", "solid", "circle", 2.5)]


def shown(arms: Sequence[Arm]) -> list[Arm]:
    """Those that fit into a chart: the first, the last, and as many as there is room for of those before the last."""
    return [*arms[:1], *arms[-(MAX_ARMS - 1) :]] if len(arms) > MAX_ARMS else list(arms)


def plain(text: str) -> str:
    """A text that plotly.js shows as it is: it takes some HTML for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def label(arm: Arm) -> str:
    """The arm's name for a chart."""
    return plain(arm_label(arm))


def capital(text: str) -> str:
    """The text with a capital to begin with, and the rest as it is."""
    return re.sub(r"^[a-z]", lambda first: first[0].upper(), text)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with its title."""
    return {"title": {"text": title}, **more}


def layout(**more: Any) -> dict[str, Any]:
    """The part of a layout that is this chart's own; the page adds fonts and colours."""
    return {"showlegend": True, **more}


def thin(ordered: Sequence[float], points: int = _POINTS) -> list[int]:
    """Ranks, from 1, that are enough to draw so many ordered samples: evenly spread, with the first and the last."""
    count = len(ordered)
    return sorted({1, count, *(max(1, round(count * step / points)) for step in range(1, points + 1))})
