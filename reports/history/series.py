"""Which points of a history may stand on one line."""

from collections.abc import Sequence

from reports.history.entries import Point
from reports.metrics import Metric

__all__ = ["comparable", "is_exact"]


def is_exact(metric: Metric, point: Point) -> bool:
    """Whether the figure is of virtual time, and so the same on any machine."""
    return point.clock == "virtual" and not metric.process


def comparable(metric: Metric, points: Sequence[Point]) -> tuple[Point, ...]:
    """Those points that differ from the last one in nothing but the code: the same arm, trace and clock.

    For a figure that is not exact the processor and the version of Python must be the same, too.
    """
    return tuple(point for point in points if _kind(metric, point) == _kind(metric, points[-1]))


def _kind(metric: Metric, point: Point) -> tuple[object, ...]:
    machine = () if is_exact(metric, point) else (point.processor, point.python.rpartition(".")[0])
    return (point.arm, point.switches, point.digest, point.clock, *machine)
