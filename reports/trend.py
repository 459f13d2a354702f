"""One figure over the kept runs, with the places where it changed its level."""

from collections.abc import Sequence

import msgspec

from reports.change_points import ChangePoint, change_points, steps
from reports.compare import change
from reports.history import Point, comparable, is_exact
from reports.metrics import Metric

__all__ = ["Trend", "trend_of"]


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The points that may be compared with the last one, oldest first, and their changes, by index.

    An `is_exact` figure does not vary by chance, so every difference is a change. `left_out` points were of another
    arm, trace, clock or machine.
    """

    metric: Metric
    points: tuple[Point, ...]
    changes: tuple[ChangePoint, ...]
    is_exact: bool
    left_out: int

    @property
    def last_change(self) -> ChangePoint | None:
        """The latest change that is confirmed."""
        return next((one for one in reversed(self.changes) if one.is_confirmed), None)

    @property
    def is_worse(self) -> bool:
        """Whether the level is a worse one since the last change."""
        last = self.last_change
        found = change(self.metric, last.before, last.after) if last else None
        return found is not None and found.direction == "worse"


def trend_of(metric: Metric, points: Sequence[Point], *, p_value: float = 0.001, magnitude: float = 0.0) -> Trend:
    """The trend of a series as `History.rows` gives it; `p_value` and `magnitude` as for `change_points`.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("no points, no trend")
    kept = comparable(metric, points)
    values = [point.value for point in kept]
    exact = is_exact(metric, kept[-1])
    changes = steps(values) if exact else change_points(values, p_value=p_value, magnitude=magnitude)
    return Trend(metric=metric, points=kept, changes=changes, is_exact=exact, left_out=len(points) - len(kept))
