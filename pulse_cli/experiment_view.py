"""Experiments as text, tables and JSON."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import typer

from reports.document import Cell, Column, Document, Grid, Tone, cells
from service.core.errors import ConfigError
from service.core.experiment_report import FEWEST_USERS, SAMPLE_RATIO_ALPHA, Comparison, ExperimentReport
from service.core.experiments import ARMS, MAX_EXPOSED, METRICS, SLOW_MS, Experiment, Metric
from service.core.sequential import Interval
from service.core.switches import FlagState
from service.roadmap import find, phase_switches

__all__ = [
    "chosen_metrics",
    "json_of",
    "next_steps",
    "plans_document",
    "report_document",
    "show_report",
    "started",
]

_TITLES: dict[Metric, str] = {
    "response": "response time, ms",
    "slow": f"slower than {SLOW_MS / 1000:g} s, %",
    "errors": "failed messages, %",
    "upstream": "upstream reads / message",
}
_DIFFERENCES: dict[Metric, str] = {"response": " %", "slow": " points", "errors": " points", "upstream": ""}
_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "undecided": "muted"}


def chosen_metrics(names: Sequence[str] | None) -> tuple[Metric, ...]:
    """All without names, else these in the usual order. Raises ConfigError for a name that is none."""
    for name in names or ():
        if name not in METRICS:
            raise ConfigError(f"there is no metric {name!r}; the metrics are {', '.join(METRICS)}")
    return tuple(metric for metric in METRICS if not names or metric in names)


def started(plan: Experiment, flags: Mapping[str, FlagState], phase: int | None) -> list[str]:
    """What a new experiment does, and what it still needs."""
    what = f"{plan.switch} {find(plan.switch).title}"
    shares = f"on for {plan.on_percent:g} % of users and off for {plan.off_percent:g} %"
    lines = [f"{plan.name}: {what} is {shares}; `pulse experiment report {plan.name}` says what difference it makes"]
    share = flags["6.3"].percent if "6.3" in flags else None
    if phase is None:
        lines.append("no service runs here; the next one acts by it, with 6.3 on")
    elif share == 0:
        lines.append("nobody takes part while 6.3 is off, as an operator has set it: `pulse flags enable 6.3`")
    elif share is None and "6.3" not in _switches(phase):
        lines.append("nobody takes part while 6.3 is off, as in the running service's phase: `pulse flags enable 6.3`")
    return lines


def _switches(phase: int) -> frozenset[str]:
    try:
        return phase_switches(phase)
    except ConfigError:
        return frozenset()


def json_of(facts: object) -> str:
    """As JSON, with null where a limit is infinite."""
    return msgspec.json.encode(_finite(msgspec.to_builtins(facts))).decode()


def show_report(report: ExperimentReport, *, as_json: bool) -> None:
    """Prints a report."""
    if as_json:
        typer.echo(json_of(report))
        return
    from pulse_cli.console import show  # noqa: PLC0415 - JSON does not need it

    show(report_document(report))


def next_steps(report: ExperimentReport) -> list[str]:
    """How to act on a report: the decision is the operator's."""
    switch = report.experiment.switch
    verdicts = {each.verdict for each in report.comparisons}
    on, off = f"`pulse flags enable {switch}`", f"`pulse flags disable {switch}`"
    if verdicts & {"better"} and not verdicts & {"worse"} and not report.tripped:
        return [f"{switch} was better: {on} rolls it out to everybody"]
    if verdicts & {"worse"} or report.tripped:
        return [f"{switch} was worse: {off} switches it off for everybody"]
    return [f"nothing was decided; {on} or {off}, or leave the flags as they are"]


def plans_document(plans: Sequence[Experiment]) -> Document:
    """Experiments, one a row."""
    columns = [Column(title, "text") for title in ("name", "switch", "on / off", "started", "state")]
    rows = [
        (
            Cell(plan.name, "strong"),
            Cell(f"{plan.switch} {find(plan.switch).title}"),
            Cell(f"{plan.on_percent:g} / {plan.off_percent:g} %"),
            Cell(f"{_time(plan.started_at_s)} by {plan.started_by}"),
            Cell(_state(plan), "good" if plan.is_running else "muted"),
        )
        for plan in plans
    ]
    notes = () if any(plan.is_running for plan in plans) else ("None of them runs.",)
    return Document(title="Experiments", grids=(Grid(columns=tuple(columns), rows=tuple(rows)),), notes=notes)


def report_document(report: ExperimentReport) -> Document:
    """Arms, differences and verdicts."""
    plan = report.experiment
    people = Grid(
        columns=(Column("arm", "text"), Column("share of users, %"), Column("users exposed"), Column("messages")),
        rows=tuple(
            cells(
                f"{plan.switch} {arm}",
                f"{plan.on_percent if arm == 'on' else plan.off_percent:g}",
                str(report.exposures[arm]),
                str(report.messages[arm]),
            )
            for arm in ARMS
        ),
    )
    columns = (
        Column("metric", "text"),
        Column("off"),
        Column("on"),
        Column("on against off"),
        Column("verdict", "text"),
    )
    metrics = Grid(columns=columns, rows=tuple(_row(each) for each in report.comparisons))
    return Document(
        title=f"{plan.name}: {plan.switch} {find(plan.switch).title}",
        lines=(f"started {_time(plan.started_at_s)} by {plan.started_by}; {_state(plan)}", _guardrails(report)),
        grids=(people, metrics),
        notes=(_ratio_note(report), *_notes(report)),
    )


def _row(each: Comparison) -> tuple[Cell, ...]:
    gap = _interval(each.difference, signed=True) + _DIFFERENCES[each.metric]
    return (
        Cell(_TITLES[each.metric]),
        *(Cell(_interval(each.arms[arm])) for arm in ARMS),
        Cell(gap),
        Cell(each.verdict, _TONES[each.verdict]),
    )


def _guardrails(report: ExperimentReport) -> str:
    plan = report.experiment
    points = f"{plan.max_slow_percent:g} points more slow messages, {plan.max_errors_percent:g} points more errors"
    limits = f"{plan.max_slower_percent:g} % slower, {points}"
    return f"guardrails ({limits}): " + ("; ".join(report.tripped) if report.tripped else "kept")


def _ratio_note(report: ExperimentReport) -> str:
    if report.sample_ratio_p is None:
        return f"Users by arm against the plan: not judged beyond {MAX_EXPOSED:,} users."
    text = f"Users by arm against the plan: p = {report.sample_ratio_p:.2g}"
    if report.mismatch:
        return f"{text}, below {SAMPLE_RATIO_ALPHA:g}: assignment or counting is broken, so no verdict is given."
    return f"{text}, as planned."


def _notes(report: ExperimentReport) -> tuple[str, ...]:
    notes = [
        "Means over users with limits that hold at every look together; response times are geometric means.",
    ]
    if min(report.measured.values()) < FEWEST_USERS:
        notes.append(f"No verdict before {FEWEST_USERS} users in each arm.")
    return tuple(notes)


def _interval(each: Interval, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if not math.isfinite(each.estimate):
        return "-"
    if math.isinf(each.low) or math.isinf(each.high):
        return f"{each.estimate:{sign}.3g}"
    return f"{each.estimate:{sign}.3g} [{each.low:{sign}.3g}, {each.high:{sign}.3g}]"


def _state(plan: Experiment) -> str:
    if plan.stopped_at_s is None:
        return "running"
    why = f": {plan.why}" if plan.why else ""
    return f"stopped {_time(plan.stopped_at_s)} by {plan.stopped_by}{why}"


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
