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

_SEVERITIES = {"error": "major", "warning": "minor", "notice": "info"}


class _Note(msgspec.Struct, frozen=True):
    level: Literal["error", "warning", "notice"]
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
    """What failed as errors, what is open, waived or kept the gate from judging as warnings, then the verdict."""
    if report.exit_code > 1:
        level: Literal["error", "warning"] = "warning" if report.exit_code == 3 else "error"  # noqa: PLR2004 - undecided
        yield from (_Note(level, headline(report), why) for why in report.why)
    for one in report.findings:
        if one.failed or one.waived:
            name = f"{one.title} of {one.command}" if one.command else one.title
            yield _Note("error" if one.failed else "warning", name, one.why)
    for waiver in report.waivers:
        if waiver.failed:
            name = f"{waiver.metric}:{waiver.command}" if waiver.command else waiver.metric
            yield _Note("error", f"Waiver of {name} {waiver.state}", waiver.why)
    yield _Note("notice", headline(report), f"{report.head.name} against {report.base.name}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
