"""The gate's findings as annotations of a CI: GitHub's workflow commands, and GitLab's Code Quality report.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions and
https://docs.gitlab.com/ci/testing/code_quality/
"""

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from reports.gate.model import GateReport
from reports.gate.view import headline

__all__ = ["github", "gitlab"]

_MOST = 10
"""GitHub shows ten annotations of each level and step, and drops the rest without a word."""

_Level = Literal["error", "warning", "notice"]

_LEVELS: dict[int, _Level] = {3: "warning", 4: "error"}
"""Of what the gate could not judge, by exit code."""

_SEVERITIES = {"error": "major", "warning": "minor", "notice": "info"}


class _Note(msgspec.Struct, frozen=True):
    level: _Level
    title: str
    message: str


def github(report: GateReport) -> str:
    """Workflow commands for standard output, a line each. Where an error is too many, the last says how many more."""
    lines = []
    for level in ("error", "warning", "notice"):
        notes = [note for note in _notes(report) if note.level == level]
        if len(notes) > _MOST:
            more = _Note(level, headline(report), f"and {len(notes) - _MOST + 1} more: see the report")
            notes = [*notes[: _MOST - 1], more]
        lines += [f"::{one.level} title={_property(one.title)}::{_data(one.message)}\n" for one in notes]
    return "".join(lines)


def gitlab(report: GateReport, path: str = "pyproject.toml") -> bytes:
    """A Code Quality report. It needs a file for every entry: performance has none, so it is where budgets are."""
    entries = [
        {
            "description": f"{one.title}: {one.message}",
            "check_name": "pulse-gate",
            "fingerprint": hashlib.sha256(f"{one.level} {one.title}".encode()).hexdigest(),
            "severity": _SEVERITIES[one.level],
            "location": {"path": path, "lines": {"begin": 1}},
        }
        for one in _notes(report)
        if one.level != "notice"
    ]
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"


def _notes(report: GateReport) -> Iterator[_Note]:
    """What kept the gate from judging, what failed as errors, what was waived as warnings, then the verdict."""
    title = headline(report)
    level = _LEVELS.get(report.exit_code)
    if level is not None:
        yield from (_Note(level, title, why) for why in report.why)
    yield from (_Note("error", one.label, one.why) for one in report.findings if one.failed)
    yield from (_Note("warning", one.label, one.why) for one in report.findings if one.waived)
    yield from (_Note("error", f"Waiver of {one.name} {one.state}", one.why) for one in report.waivers if one.failed)
    yield _Note("notice", title, f"{report.head.name} against {report.base.name}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
