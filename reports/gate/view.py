"""The gate's report as a document: the verdict first, then what led to it."""

import math
from collections.abc import Iterator, Sequence

from reports.document import Cell, Column, Document, Grid, Tone, cells
from reports.gate.model import Calibration, Finding, GateReport, Moved
from reports.gate.wording import amount, change_of, interval_text, percent
from reports.measures import measure_named
from reports.metrics import figure

__all__ = ["document", "headline"]

_HEADLINES = {
    "pass": "passed",
    "regression": "failed: a regression",
    "undecided": "undecided",
    "withheld": "withheld: a control failed",
    "nothing measured": "without a verdict: nothing worth judging was measured",
    "failed": "could not be carried out",
}
_TONES: dict[str, Tone] = {"better": "good", "same": "muted", "worse": "plain"}
_BY_COMMAND_SHOWN = 12
_MOVED_SHOWN = 24
_DIGITS = 4


def headline(report: GateReport) -> str:
    """The verdict in a few words."""
    return f"Performance gate {_HEADLINES[report.verdict]}"


def document(report: GateReport) -> Document:
    """Every metric over all commands, those by command that changed, controls, waivers, targets, and the leads."""
    changed = [one for one in report.findings if one.command and _is_notable(one)]
    grids = (
        _findings("", [one for one in report.findings if not one.command], report),
        _findings("Commands whose figures changed", _worst(changed), report),
        _controls(report),
        _waivers(report),
        _targets(report),
        _moved(report.explanation),
    )
    return Document(
        title=headline(report),
        lines=tuple(_lines(report)),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=tuple(_notes(report, len(changed))),
    )


def _is_notable(one: Finding) -> bool:
    return one.failed or one.waived or one.outcome != "same"


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    """What failed first, then the greatest changes."""
    return sorted(findings, key=lambda one: (not one.failed, -abs(one.change or 0.0)))[:_BY_COMMAND_SHOWN]


def _lines(report: GateReport) -> Iterator[str]:
    yield from report.why
    yield f"{_side(report.head.name, report.head.commit)} against {_side(report.base.name, report.base.commit)}"
    facts = [f"budget {report.budget}"] if report.budget else []
    if report.trace is not None:
        facts.append(
            f"{report.trace.messages:,} messages of workload {report.trace.workload}, seed {report.trace.seed}"
        )
    facts += [f"{report.wall_s:.0f} s"] if report.wall_s is not None else []
    if facts:
        yield ", ".join(facts)


def _side(name: str, commit: str) -> str:
    return f"{name} ({commit[:12]})" if commit and commit[:7] not in name else name


def _findings(title: str, findings: Sequence[Finding], report: GateReport) -> Grid:
    columns = [Column("metric", "text"), Column("base"), Column("head"), Column("change")]
    columns += [Column("verdict"), Column("allowed", "text")]
    if any(one.kind == "timed" for one in report.findings):
        columns.insert(4, Column("interval"))
    rows = tuple(_finding(one, has_interval=len(columns) > 6) for one in findings)  # noqa: PLR2004 - with that column
    return Grid(title=title, columns=tuple(columns), rows=rows)


def _finding(one: Finding, *, has_interval: bool) -> tuple[Cell, ...]:
    metric = measure_named(one.metric)
    is_ratio = one.kind == "timed" and one.change is not None
    return (
        Cell(f"{one.label}, {one.unit}" if one.unit else one.label),
        Cell(figure(metric, one.base)),
        Cell(figure(metric, one.head)),
        Cell(percent(one.change or 0.0) if is_ratio else change_of(metric, one.base, one.head)),
        *((Cell(interval_text(one.interval)),) if has_interval else ()),
        _verdict(one),
        Cell("; ".join(one.limits)),
    )


def _verdict(one: Finding) -> Cell:
    if one.failed:
        return Cell("FAILED", "bad")
    if one.waived:
        return Cell("waived")
    if one.outcome != "undecided":
        return Cell(one.outcome, _TONES[one.outcome])
    return Cell("new" if one.kind == "exact" else "not worse" if one.is_harmless else "undecided")


def _controls(report: GateReport) -> Grid:
    columns = (Column("control", "text"), Column("metrics", "text"), Column("found", "text"), Column("verdict"))
    rows = tuple(
        (*cells(one.name, one.kind, one.found), Cell("passed", "good") if one.passed else Cell("FAILED", "bad"))
        for one in report.controls
    )
    return Grid(title="Controls: comparisons whose answer is known", columns=columns, rows=rows)


def _waivers(report: GateReport) -> Grid:
    columns = (Column("waiver", "text"), Column("ceiling"), Column("expires"), Column("state"), Column("why", "text"))
    rows = tuple(
        (
            *cells(one.name, one.ceiling, one.expires),
            Cell(one.state, "bad" if one.failed else "plain"),
            Cell(one.why),
        )
        for one in report.waivers
    )
    return Grid(title="Waivers", columns=columns, rows=rows)


def _targets(report: GateReport) -> Grid:
    columns = (Column("roadmap target", "text"), Column("bound"), Column("base"), Column("head"))
    rows = tuple(
        (
            *cells(one.title, one.text),
            _met(one.metric, one.base, is_met=one.base_meets),
            _met(one.metric, one.head, is_met=one.head_meets),
        )
        for one in report.targets
    )
    return Grid(title="Targets of the roadmap: a miss of both arms is no regression", columns=columns, rows=rows)


def _met(key: str, value: float | None, *, is_met: bool | None) -> Cell:
    if is_met is None:
        return Cell("-", "muted")
    return Cell(f"{amount(measure_named(key), value)}, {'met' if is_met else 'missed'}", "good" if is_met else "plain")


def _moved(explanation: Sequence[Moved]) -> Grid:
    columns = (Column("what moved", "text"), Column("kind", "text"), Column("base"), Column("head"), Column("", "text"))
    rows = tuple(
        cells(one.name, one.kind, _number(one.base, one.unit), _number(one.head, one.unit), one.note)
        for one in explanation[:_MOVED_SHOWN]
    )
    return Grid(title="Where it comes from", columns=columns, rows=rows)


def _number(value: float | None, unit: str) -> str:
    """With four digits that say something."""
    if value is None:
        return "-"
    digits = 0 if float(value).is_integer() else max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if digits else text} {unit}".rstrip()


def _notes(report: GateReport, by_command: int) -> Iterator[str]:
    if by_command > _BY_COMMAND_SHOWN:
        yield f"{by_command - _BY_COMMAND_SHOWN} more figures of commands changed: the JSON has them all."
    timed = [one for one in report.findings if one.kind == "timed"]
    if any(one.kind == "exact" for one in report.findings):
        yield "Exact figures are of virtual time and have no noise: what changed in them, the change of the code did."
    yield from _about_timed(timed, report.calibration)
    yield from report.notes


def _about_timed(timed: Sequence[Finding], calibration: Calibration | None) -> Iterator[str]:
    if timed:
        alpha = sum(one.alpha or 0.0 for one in timed)
        yield (
            "Timed metrics are judged by paired rounds, looked at after each; the chance that any of them "
            f"({len(timed)}) is called worse without being so by more than its margin is at most {alpha:.2%}."
        )
    if timed or calibration is not None:
        yield _calibrated(calibration)


def _calibrated(calibration: Calibration | None) -> str:
    if calibration is None:
        return "This machine has not been calibrated: `pulse calibrate` measures how often the gate is wrong on it."
    low, high = calibration.rate.low or 0.0, calibration.rate.high or 1.0
    seen = ", ".join(
        f"{one.metric} {percent(one.smallest_change, 1)} in {one.minutes:.1f} min" for one in calibration.resolutions
    )
    when = f" on {calibration.measured_at}" if calibration.measured_at else ""
    return (
        f"Timed metrics were calibrated{when}: {calibration.false_alarms} false alarms in {calibration.comparisons} "
        f"comparisons of equal arms, a rate of {low:.1%} to {high:.1%} (95 %)"
        + (f"; smallest changes seen: {seen}." if seen else ".")
    )
