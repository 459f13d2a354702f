"""A page of HTML that needs nothing but itself: sections, their charts and the code that draws them, in one file.

Every text of a run is data and escaped. The page's own policy forbids it the network, and any script but its two, each
known by its hash: not even a mistake here could make it load or run anything else.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.document import Grid
from reports.html.chart import Chart
from reports.html.contents import Section

__all__ = ["render"]

_MANY_COLUMNS = 4
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|MB|s|points|min)(?:\W|$))|(?<=[<>]) (?=\d)")
_CODE = re.compile(r"`([^`]+)`")


def render(sections: Sequence[Section], plotly_js: str, *, title: str, command: str = "") -> str:
    """The page. `plotly_js` is plotly.js as one script; `command` is what a reader types to make the page again."""
    code = _own("charts.js")
    page = _environment().get_template("page.html.j2")
    return page.render(
        title=title,
        command=command,
        sections=sections,
        style=Markup(_own("style.css")),  # noqa: S704 - our own file
        code=Markup(code),  # noqa: S704 - same
        packed=Markup(_packed(plotly_js)),  # noqa: S704 - letters of base64
        policy=_policy(code, plotly_js),
        has_charts=any(section.charts for section in sections),
    )


def _own(name: str) -> str:
    return files("reports.html").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["figure_json"] = _figure_json
    found.filters["is_wordy"] = _is_wordy
    found.filters["prose"] = _prose
    return found


def _figure_json(chart: Chart) -> Markup:
    """A chart's figure as JSON that is safe inside of a script element: nothing in it can end the element."""
    text = msgspec.json.encode(chart.figure).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - what could end it or begin markup has just been escaped


def _prose(text: str) -> Markup:
    """A sentence: `commands` as code, and figures that stay on one line with their units."""
    whole = _UNIT.sub("\N{NO-BREAK SPACE}", text)
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(whole))))  # noqa: S704 - escaped, but for our own element


def _is_wordy(grid: Grid) -> bool:
    """Whether a narrow screen shows each row as a list: a table of texts would not fit."""
    return sum(column.kind == "text" for column in grid.columns) >= _MANY_COLUMNS


@cache
def _packed(script: str) -> str:
    """A third of its size, which the browser unpacks; the same bytes every time."""
    return base64.b64encode(gzip.compress(script.encode(), 9, mtime=0)).decode()


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
