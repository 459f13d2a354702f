"""The outcome of an ablation: every item of the roadmap beside its claim, as facts and as JSON of schema 1."""

from pathlib import Path
from typing import Literal

import msgspec

from reports.model import Conditions, RunError
from reports.verdicts import Verdict

__all__ = [
    "SCHEMA",
    "Ablation",
    "Change",
    "Comparison",
    "Control",
    "Elsewhere",
    "Goal",
    "MeasuredArm",
    "Outcome",
    "decode",
    "dump",
    "encode",
]

SCHEMA = 1


class MeasuredArm(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of an arm under some traffic; `workload` is empty where none was needed."""

    name: str
    workload: str
    minutes: float | None
    figures: dict[str, float]


class Comparison(msgspec.Struct, frozen=True):
    """An arm without an item, one with it, and the deciding measure of both; None where it was not measured."""

    off_arm: str
    on_arm: str
    off: float | None
    on: float | None


class Change(msgspec.Struct, frozen=True):
    """Another figure that differs between the arms of the comparison in the phase."""

    measure: str
    off: float
    on: float


class Elsewhere(msgspec.Struct, frozen=True):
    """The same measure of the same item under traffic that does not decide."""

    workload: str
    minutes: float | None
    in_phase: Comparison | None
    alone: Comparison | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One item: its claim in the roadmap's words, what was compared, and the verdict.

    `command` measures this item again; `digest` names the trace. `is_exact` says whether it gives the same figures.
    """

    item: str
    title: str
    claim: str
    verdict: Verdict
    why: str
    measure: str
    workload: str = ""
    minutes: float | None = None
    digest: str = ""
    in_phase: Comparison | None = None
    alone: Comparison | None = None
    changes: tuple[Change, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    is_exact: bool = True
    note: str = ""
    command: str = ""


class Control(msgspec.Struct, frozen=True):
    """A switch of the bench's own whose effect is known, measured and judged like an item."""

    name: str
    what: str
    expected: Verdict
    found: Verdict
    why: str

    @property
    def passed(self) -> bool:
        """Whether the bench saw what is there."""
        return self.expected == self.found


class Goal(msgspec.Struct, frozen=True):
    """What the last phase has to reach as a whole; `found` is None where it was not measured by `command`."""

    title: str
    limit: float
    better: Literal["lower", "higher"]
    command: str
    found: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it was measured and reached."""
        if self.found is None:
            return False
        return self.found <= self.limit if self.better == "lower" else self.found >= self.limit


class Ablation(msgspec.Struct, frozen=True, kw_only=True):
    """All items of phases 1 to `phase`, or some of them. `kind` tells the file from a bench's run."""

    kind: Literal["ablation"] = "ablation"
    schema: int = SCHEMA
    phase: int
    seed: int
    outcomes: tuple[Outcome, ...]
    controls: tuple[Control, ...]
    goals: tuple[Goal, ...] = ()
    arms: tuple[MeasuredArm, ...] = ()
    conditions: Conditions = Conditions()
    command: str = ""
    wall_s: float | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether every control came out as it must; if not, no verdict counts."""
        return all(control.passed for control in self.controls)


class _Head(msgspec.Struct):
    schema: int
    kind: str = ""


def encode(ablation: Ablation) -> bytes:
    """As indented JSON."""
    return msgspec.json.format(msgspec.json.encode(ablation), indent=2) + b"\n"


def decode(data: bytes, name: str = "the ablation") -> Ablation:
    """The ablation in `data`; `name` says in an error where it came from. Raises RunError."""
    what = f"cannot read {name}"
    try:
        head = msgspec.json.decode(data, type=_Head)
        if (head.kind, head.schema) != ("ablation", SCHEMA):
            raise RunError(what, f"it is no ablation of schema {SCHEMA}", "measure it again")
        return msgspec.json.decode(data, type=Ablation)
    except msgspec.MsgspecError as error:
        advice = "give a file that `pulse bench --ablate --json` wrote"
        raise RunError(what, str(error).rstrip("."), advice) from error


def dump(text: bytes, path: Path) -> None:
    """Writes a report; an older file is replaced whole or not at all. Raises RunError."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(text)
        partial.replace(path)
    except OSError as error:
        raise RunError(f"cannot write {path}", str(error.strerror), "choose another file") from error
