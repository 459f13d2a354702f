"""How much the same work varies in time here: what no comparison of single timings can see through."""

import statistics
from collections.abc import Callable, Sequence

from reports.doctor import Finding

__all__ = ["measure", "noise", "robust_spread"]

_MAD_TO_SIGMA = 1.4826
_NOISY = 0.05
_STOLEN = 0.05
_WORK = 40_000
_LEAST = 5


def robust_spread(samples: Sequence[float]) -> float:
    """1.4826 times the median absolute deviation, as a share of the median: a standard deviation that outliers spare.

    Raises ValueError without samples.
    """
    if not samples:
        raise ValueError("no samples, no spread")
    middle = statistics.median(samples)
    return _MAD_TO_SIGMA * statistics.median(abs(one - middle) for one in samples) / middle if middle else 0.0


def measure(
    clock: Callable[[], float], cpu_clock: Callable[[], float], budget_s: float, most: int = 400
) -> tuple[list[float], float]:
    """Fixed work, again and again for about `budget_s`: how long each took, and which share the core was elsewhere."""
    times: list[float] = []
    begin, cpu_begin = clock(), cpu_clock()
    while len(times) < _LEAST or (clock() - begin < budget_s and len(times) < most):
        before = clock()
        _work()
        times.append(clock() - before)
    wall_s, cpu_s = clock() - begin, cpu_clock() - cpu_begin
    return times, max(0.0, 1 - cpu_s / wall_s) if wall_s else 0.0


def _work() -> int:
    total = 0
    for number in range(_WORK):
        total += number & 7
    return total


def noise(times: Sequence[float], away_share: float) -> Finding:
    """What the measured work says about this machine."""
    spread = robust_spread(times)
    found = (
        f"{len(times)} times the same work: spread {spread:.1%}, slowest {max(times) / min(times):.2f} x the fastest"
    )
    if away_share > _STOLEN:
        advice = (
            f"the core did other work for {away_share:.0%} of the time; live figures need a calm machine, "
            "virtual time does not care"
        )
        return Finding(subject="noise", state="warning", found=found, advice=advice)
    if spread > _NOISY:
        advice = "timings vary by themselves: live comparisons need more rounds; virtual time does not care"
        return Finding(subject="noise", state="warning", found=found, advice=advice)
    return Finding(subject="noise", state="ok", found=found)
