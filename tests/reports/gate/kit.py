"""Findings, budgets and reports to test with."""

import datetime as dt
from typing import Any

import msgspec

from reports.gate.model import Control, Finding, GateReport, Side
from reports.gate.rules import Allowance, Budget, Limit, Waiver
from reports.gate.verdict import conclude

__all__ = ["BASE", "HEAD", "PASSED", "TODAY", "budget", "finding", "limit", "report", "waiver"]

TODAY = dt.date(2026, 1, 5)
BASE, HEAD = Side(name="origin/main", commit="a" * 40), Side(name="the work tree", commit="b" * 40)
PASSED = (
    Control(name="A/A", kind="exact", wanted="nothing differs", found="nothing differs", passed=True),
    Control(name="A/A", kind="timed", wanted="nothing differs", found="nothing differs", passed=True),
)


def finding(**changes: Any) -> Finding:
    """An exact finding on the mean response time, the same in both arms."""
    same = Finding(
        metric="response_ms_mean",
        title="Response time mean",
        unit="ms",
        better="lower",
        kind="exact",
        outcome="same",
        why="the same",
        base=100.0,
        head=100.0,
        change=0.0,
    )
    return msgspec.structs.replace(same, **changes)


def limit(metric: str = "response_ms_mean", worse_by: str | float | None = None, **more: Any) -> Limit:
    """A limit in percent of the base for a text such as "2 %", in the metric's unit for a number."""
    if isinstance(worse_by, str):
        allowed: Allowance | None = Allowance(float(worse_by.removesuffix(" %")) / 100, True, worse_by)
    else:
        allowed = None if worse_by is None else Allowance(worse_by, False, f"{worse_by:g}")
    return Limit(metric=metric, worse_by=allowed, **more)


def budget(*limits: Limit, waivers: tuple[Waiver, ...] = (), alpha: float = 0.01) -> Budget:
    return Budget(name="test", limits=limits, waivers=waivers, alpha=alpha)


def waiver(ceiling: float = 0.05, **more: Any) -> Waiver:
    """Of the mean response time, up to a share, for a month."""
    given = {"metric": "response_ms_mean", "expires": dt.date(2026, 2, 5), "reason": "a safer way to pay", **more}
    return Waiver(ceiling=Allowance(ceiling, True, f"{ceiling:.0%}"), **given)


def report(*findings: Finding, controls: tuple[Control, ...] = PASSED, **more: Any) -> GateReport:
    """A report on these findings, with controls that passed."""
    return conclude(base=BASE, head=HEAD, findings=findings, controls=controls, **more)
