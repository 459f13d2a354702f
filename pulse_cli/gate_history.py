"""What the kept runs say beside a gate: what crept in before its base is none of this comparison's findings."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from profiles.gating.exact import Plan
    from reports.trend import Trend

__all__ = ["history_watch"]

_RUNS = 200


def history_watch(plan: "Plan", store: Path | None = None) -> tuple[str, ...]:
    """Notes on the figures of this arm and workload that last changed for the worse; none where no runs are kept."""
    from pulse_cli.keeping import opened, trends_of_metrics  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.history import HistoryError  # noqa: PLC0415 - same

    try:
        with opened(store) as history:
            found = trends_of_metrics(history, plan.arm.name, plan.workload, _RUNS)
    except HistoryError:
        return ()
    return tuple(_notes(found))


def _notes(trends: "tuple[Trend, ...]") -> Iterator[str]:
    from reports.gate.wording import amount  # noqa: PLC0415 - `pulse --help` must not pay for it

    for trend in trends:
        last = trend.last_change
        if last is not None and trend.is_worse:
            point = trend.points[last.index]
            change = f"{amount(trend.metric, last.before)} to {amount(trend.metric, last.after)}"
            where = f"in run {point.run}" + (f" of {point.commit[:12]}" if point.commit else "")
            yield f"history: {trend.metric.title} got worse {where}, {change}: pulse runs trend {trend.metric.key}"
