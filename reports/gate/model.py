"""The gate's report: what was compared, by which budget, with which evidence, and the verdict; as JSON of schema 1.

Figures are in the metric's own unit (`reports.metrics`), changes are shares: 0.05 is five percent more than the base.
"""

from typing import Annotated, Literal

import msgspec

from reports.model import Conditions, Trace, decoded

__all__ = [
    "SCHEMA",
    "Calibration",
    "Control",
    "Finding",
    "GateReport",
    "Interval",
    "Kind",
    "Moved",
    "Outcome",
    "Resolution",
    "Side",
    "TargetState",
    "Verdict",
    "WaiverState",
    "decode",
    "encode",
]

SCHEMA = 1

Outcome = Literal["better", "same", "worse", "undecided"]
"""Of a timed metric: better or worse by more than its margin, the same within it, each proven; or none of them yet."""

Kind = Literal["exact", "timed"]
"""An exact figure is the same whenever and wherever it is measured; a timed one has noise, and is judged by rounds."""

Verdict = Literal["pass", "regression", "undecided", "withheld", "nothing measured", "failed"]

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Interval(msgspec.Struct, frozen=True):
    """Confidence limits; None where there is none on that side."""

    low: float | None
    high: float | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of both arms, what its budget allows, and what became of it.

    `base` and `head` are None where the metric was not measured. A timed one `is_harmless` once it is proven not to be
    worse by more than its margin, even where it is open whether it is the same or better. `change` is head / base - 1,
    None where base is 0 or one of them is missing; `interval` are its confidence limits, of a timed metric only.
    `limits` say what was allowed, in words. `failed` says that the finding blocks the merge; a waived one does not.
    `command` is empty for a figure over all commands.
    """

    metric: str
    title: str
    unit: str
    better: Literal["lower", "higher"]
    kind: Kind
    outcome: Outcome
    why: str
    failed: bool = False
    waived: bool = False
    is_harmless: bool = False
    command: str = ""
    phase: int | None = None
    base: float | None = None
    head: float | None = None
    change: float | None = None
    interval: Interval | None = None
    limits: tuple[str, ...] = ()
    rounds: _Count = 0
    margin: float | None = None
    alpha: float | None = None

    @property
    def name(self) -> str:
        """The key with the command it is of, as in `response_ms_mean:send`."""
        return _name(self.metric, self.command)

    @property
    def label(self) -> str:
        """The title for readers, as in "Response time mean of send"."""
        return f"{self.title} of {self.command}" if self.command else self.title

    @property
    def is_open(self) -> bool:
        """Whether it still has to be shown that it does no harm."""
        return self.kind == "timed" and self.outcome == "undecided" and not self.is_harmless


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison whose answer was known: two equal arms, or an arm made slower on purpose."""

    name: str
    kind: Kind
    wanted: str
    found: str
    passed: bool


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest change of a metric that is seen: after `rounds`, which take `minutes`, in 95 cases of 100."""

    metric: str
    smallest_change: float
    rounds: _Count
    minutes: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What comparisons of equal arms on this machine have shown: how often the gate was wrong, of how many.

    `rate` has 95 % confidence limits (Clopper-Pearson).
    """

    comparisons: _Count
    false_alarms: _Count
    rate: Interval
    resolutions: tuple[Resolution, ...] = ()
    measured_at: str = ""
    machine: str = ""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Something whose share of the work differs between the arms: a lead to where a regression comes from."""

    kind: Literal["function", "allocation", "command", "operation", "namespace", "switch", "counter"]
    name: str
    base: float | None
    head: float | None
    unit: str = ""
    note: str = ""


class TargetState(msgspec.Struct, frozen=True, kw_only=True):
    """A target of the roadmap, and whether each arm meets it; a miss in both is no regression."""

    metric: str
    title: str
    text: str
    base: float | None
    head: float | None
    base_meets: bool | None
    head_meets: bool | None


class WaiverState(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver, and what became of it. Stale and unused ones fail; one whose metric was not measured does nothing."""

    metric: str
    command: str
    phase: int | None
    ceiling: str
    reason: str
    expires: str
    state: Literal["used", "exceeded", "unused", "expired", "not measured"]
    failed: bool
    why: str

    @property
    def name(self) -> str:
        """The key with the command it is of."""
        return _name(self.metric, self.command)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two arms: its name for readers, as in "origin/main, phase 3", and its commit."""

    name: str
    commit: str = ""


class GateReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `verdict`, `why` and `exit_code` follow from the rest: `reports.gate.verdict.conclude` makes them.

    Exit codes: 0 pass, 1 regression, 3 undecided or withheld, 4 nothing measured, or a tool failed (`failure`).
    """

    schema: int = SCHEMA
    verdict: Verdict
    exit_code: Annotated[int, msgspec.Meta(ge=0, le=4)]
    why: tuple[str, ...]
    base: Side
    head: Side
    budget: str = ""
    findings: tuple[Finding, ...] = ()
    controls: tuple[Control, ...] = ()
    waivers: tuple[WaiverState, ...] = ()
    targets: tuple[TargetState, ...] = ()
    calibration: Calibration | None = None
    explanation: tuple[Moved, ...] = ()
    trace: Trace | None = None
    conditions: Conditions = Conditions()
    notes: tuple[str, ...] = ()
    failure: str = ""
    wall_s: float | None = None


def _name(metric: str, command: str) -> str:
    return f"{metric}:{command}" if command else metric


def encode(report: GateReport) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode(data: bytes, name: str = "the report") -> GateReport:
    """The report in `data`; `name` says in an error where it came from.

    Raises:
        RunError: it is not JSON, of another schema, or lacks or garbles a field.
    """
    advice = "give a file that `pulse gate --json` wrote"
    return decoded(data, GateReport, SCHEMA, name, advice=advice, when_older="run the gate again")
