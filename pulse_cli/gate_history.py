"""What the kept runs say of the figures that a gate judges: what crept in before its base is none of its findings."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from profiles.arms import ArmSpec
    from profiles.gating.exact import Plan
    from profiles.gating.gate import History
    from reports.gate.model import Finding
    from reports.gate.rules import Budget
    from reports.gate.watch import Watch

__all__ = ["RUNS", "history_watch", "watched"]

RUNS = 200
"""How many runs are looked back at."""


def history_watch(plan: "Plan", budget: "Budget", today: date) -> "History":
    """Gives notes on the judged figures of this arm and workload that last changed for the worse; none without runs."""
    from pulse_cli.keeping import opened, trends_of  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.gate.watch import worsenings  # noqa: PLC0415 - same
    from reports.history import HistoryError  # noqa: PLC0415 - same

    def notes(findings: "Sequence[Finding]") -> tuple[str, ...]:
        try:
            with opened() as history:
                found = trends_of(history, [one.name for one in findings], plan.arm.name, plan.workload, RUNS)
        except HistoryError:
            return ()
        worse = worsenings(found, budget, today, phase=plan.phase)
        return tuple(f"history: {one.text}; pulse runs trend {one.finding.name}" for one in worse)

    return notes


def watched(
    spec: "ArmSpec", budget: "Budget", today: date, *, workload: str | None, limit: int, store: Path | None
) -> "Watch":
    """The figures of the arm's last run that the budget limits, and those that got worse. Raises HistoryError."""
    from pulse_cli.keeping import last_run, opened, trends_of  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.gate.watch import Watch, watchable, worsenings  # noqa: PLC0415 - same

    with opened(store) as history:
        arm = last_run(history, spec.name, workload)
        keys = [] if arm is None else watchable(arm, budget, phase=spec.phase)
        trends = trends_of(history, keys, spec.name, workload, limit)
    return Watch(arm=spec.name, trends=trends, worse=worsenings(trends, budget, today, phase=spec.phase))
