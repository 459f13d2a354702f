"""Budgets: what a change may cost, and which costs were accepted for a while, as facts."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from reports.gate.model import Kind

__all__ = ["ALPHA", "Allowance", "Budget", "Limit", "Waiver"]

ALPHA = 0.01
"""The default chance of a false alarm of a whole gate run, over all its timed metrics together."""


class Allowance(msgspec.Struct, frozen=True):
    """How much worse a figure may get: a share of the base, as in "2 %", or an amount in the metric's own unit."""

    amount: Annotated[float, msgspec.Meta(ge=0)]
    is_relative: bool
    text: str

    def at(self, base: float) -> float:
        """The allowed change in the metric's own unit."""
        return self.amount * abs(base) if self.is_relative else self.amount


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What one metric may do; `command` is "" for the figure over all commands, "*" for each of them.

    `worse_by` is held against the change from base to head, `at_most` and `at_least` against head itself. Those two
    are enforced always, or only at a crossing: where base still keeps them. A command with fewer messages than
    `messages_at_least` is not judged: a change anywhere may give its few messages other latencies than before.
    """

    metric: str
    command: str = ""
    phase: int | None = None
    kind: Kind | None = None
    worse_by: Allowance | None = None
    at_most: float | None = None
    at_least: float | None = None
    enforced: Literal["always", "crossing"] = "always"
    messages_at_least: int = 0
    source: str = ""


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A regression that is accepted up to `ceiling`, through the day `expires`, for a `reason`."""

    metric: str
    ceiling: Allowance
    reason: str
    expires: dt.date
    command: str = ""
    phase: int | None = None


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and waivers; of limits that concern the same figure, the most specific one holds, of equals the last."""

    name: str
    limits: tuple[Limit, ...]
    waivers: tuple[Waiver, ...] = ()
    alpha: float = ALPHA

    def limit(self, metric: str, *, command: str = "", phase: int | None = None, kind: Kind = "exact") -> Limit | None:
        """The limit that holds for a figure; None where it has none, and is not judged."""
        return max(self._matching(metric, command, phase, kind), key=lambda found: found[0], default=((), None))[1]

    def _matching(
        self, metric: str, command: str, phase: int | None, kind: Kind
    ) -> Iterator[tuple[tuple[int, ...], Limit]]:
        for place, one in enumerate(self.limits):
            fits = one.metric == metric and one.phase in {None, phase} and one.kind in {None, kind}
            if fits and (one.command == command or (command and one.command == "*")):
                yield (one.phase is not None, one.command != "*", one.kind is not None, place), one
