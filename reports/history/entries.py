"""What a history says of its runs without reading them whole."""

from typing import Literal

import msgspec

from reports.history.kinds import Kind
from reports.model import RunError

__all__ = ["Entry", "HistoryError", "Point"]


class HistoryError(RunError):
    """A history that cannot be opened, read or written, or a run that it does not have."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A kept run in a line; `started_at` is in UTC, `has_samples` is false once its raw samples were dropped."""

    id: int
    kind: Kind
    commit: str
    started_at: str
    workload: str
    digest: str
    seed: int
    messages: int
    minutes: float | None
    clock: Literal["virtual", "real"]
    arms: tuple[str, ...]
    figures: dict[str, float]
    """Those of the arm that was asked for, else of the last one."""
    has_samples: bool


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one arm of a kept run, unscaled, and what must be the same for it to be compared with another."""

    run: int
    value: float
    commit: str
    started_at: str
    workload: str
    digest: str
    clock: Literal["virtual", "real"]
    python: str
    processor: str
    arm: str
    switches: tuple[str, ...]
