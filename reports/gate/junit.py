"""The gate's report as JUnit XML: a test case for each finding, control and waiver.

Failures are regressions; errors are what keeps the gate from judging. Both make a job red, and stay distinct.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import msgspec

from reports.gate.model import Control, Finding, GateReport, WaiverState

__all__ = ["render"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Case(msgspec.Struct, frozen=True):
    """A test case; `tag` is failure, error or skipped, and empty where it passed."""

    group: str
    name: str
    tag: str
    message: str


def render(report: GateReport) -> str:
    """The XML, with its declaration."""
    cases = list(_cases(report))
    suite = ET.Element(
        "testsuite",
        name="pulse gate",
        tests=str(len(cases)),
        failures=str(sum(case.tag == "failure" for case in cases)),
        errors=str(sum(case.tag == "error" for case in cases)),
        skipped=str(sum(case.tag == "skipped" for case in cases)),
        time=f"{report.wall_s or 0:.3f}",
    )
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname=f"pulse.gate.{case.group}", name=_clean(case.name), time="0"
        )
        if case.tag:
            ET.SubElement(element, case.tag, message=_clean(case.message)).text = _clean(case.message)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _cases(report: GateReport) -> Iterator[_Case]:
    if report.verdict in {"failed", "nothing measured"}:
        yield _Case("verdict", report.verdict, "error", "; ".join(report.why))
    yield from (_finding(one) for one in report.findings)
    yield from (_control(one) for one in report.controls)
    yield from (_waiver(one) for one in report.waivers)


def _finding(one: Finding) -> _Case:
    if one.failed:
        return _Case(one.kind, one.name, "failure", one.why)
    if one.waived:
        return _Case(one.kind, one.name, "skipped", one.why)
    return _Case(one.kind, one.name, "error" if one.is_open else "", one.why)


def _control(one: Control) -> _Case:
    tag = "" if one.passed else "error"
    return _Case("control", f"{one.name} ({one.kind})", tag, f"{one.wanted} expected, {one.found} found")


def _waiver(one: WaiverState) -> _Case:
    return _Case("waiver", one.name, "failure" if one.failed else "", f"{one.state}: {one.why}")


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
