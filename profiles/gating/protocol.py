"""What the two sides of a gate say to each other: one traffic for both, as data, and the Run that came of it."""

from typing import Any

import msgspec

from profiles.arms import ArmSpec
from profiles.bench import drawn
from profiles.trace import Trace
from profiles.workload import load_workload, workload_tables
from profiles.workload_model import Workload
from reports import model
from reports.model import Run

__all__ = ["Answer", "Request", "Traffic", "traffic_of"]


class Traffic(msgspec.Struct, frozen=True):
    """A trace that one side drew, and the tables of the workload it is of.

    Both sides get the same one, so that a change of the generator or of a workload is none of the service.
    """

    trace: Trace
    tables: dict[str, Any]

    @property
    def workload(self) -> Workload:
        """The model, as this side's code understands the tables. Raises msgspec.ValidationError."""
        return msgspec.convert({**self.tables, "name": self.trace.workload}, Workload)

    @property
    def messages(self) -> int:
        """How many are measured: each once, and none from before a restart."""
        begin_s = 60 * (self.workload.restart_at_minutes or 0.0)
        return sum(one.at_s >= begin_s and one.duplicate_of is None for one in self.trace.arrivals)

    @property
    def as_measured(self) -> model.Trace:
        """What a Run says of it."""
        trace = self.trace
        return model.Trace(
            digest=trace.digest,
            seed=trace.seed,
            messages=self.messages,
            workload=trace.workload,
            minutes=trace.minutes,
        )


class Request(msgspec.Struct, frozen=True):
    """Arms to drive in virtual time."""

    traffic: Traffic
    arms: tuple[ArmSpec, ...]


class Answer(msgspec.Struct, frozen=True):
    """What was measured, by the code in which `folder`, and the digest of the trace as that code computes it."""

    folder: str
    digest: str
    run: Run


def traffic_of(workload: str, seed: int, minutes: float | None) -> Traffic:
    """Drawn by this side. Raises ConfigError."""
    return Traffic(drawn(load_workload(workload), seed, minutes), workload_tables(workload))
