"""Models of the noise of shared machines: what two arms would have measured, by the design of the measurement.

Four designs. "two runners": each arm on a machine of its own, whose speeds differ by 3.4 % (standard deviation).
"blocks": one machine, first all of base, then all of head, while its speed drifts. "interleaved": one machine, both
arms in each round, in an order that a coin decides. "kept processes": the same, but each arm is one process from the
first round to the last, and processes of the same code differ by 1 %, by their layout in memory, say. Everywhere a
sample varies by 2 %, and one in thirty takes 25 % longer on average, exponentially distributed. Of two runners and
blocks, the classical rules then do about as badly as they are reported to do on shared runners.
"""

import math
from typing import Literal

import msgspec

from reports.gate.chance import Chance

__all__ = ["DESIGNS", "Design", "Noise", "samples"]

Design = Literal["two runners", "blocks", "kept processes", "interleaved"]

DESIGNS: tuple[Design, ...] = ("two runners", "blocks", "kept processes", "interleaved")

_TURNS = frozenset({"kept processes", "interleaved"})


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """Standard deviations, as shares of the time, of a runner, a process, a step of drift, a sample; and outliers."""

    runner: float = 0.034
    process: float = 0.01
    drift: float = 0.0034
    sample: float = 0.02
    outliers: float = 1 / 30
    outlier_mean: float = 0.25


def samples(
    design: Design, effect: float, rounds: int, noise: Noise, chance: Chance
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What base and head would take in each round; head takes `effect` (0.05: five percent) longer."""
    differing = {"two runners": noise.runner, "kept processes": noise.process}.get(design, 0.0)
    levels = [share * math.exp(chance.gauss(0.0, differing)) for share in (1.0, 1 + effect)]
    found: tuple[list[float], list[float]] = ([], [])
    drift = 0.0
    for arm in _order(design, rounds, chance):
        drift += chance.gauss(0.0, noise.drift)
        slowness = math.exp(drift + chance.gauss(0.0, noise.sample)) * _outlier(noise, chance)
        found[arm].append(levels[arm] * slowness)
    return tuple(found[0]), tuple(found[1])


def _order(design: Design, rounds: int, chance: Chance) -> list[int]:
    """Which arm is measured when."""
    if design not in _TURNS:
        return [0] * rounds + [1] * rounds
    pairs = ((0, 1) if chance.random() < 0.5 else (1, 0) for _ in range(rounds))  # noqa: PLR2004 - a fair coin
    return [arm for pair in pairs for arm in pair]


def _outlier(noise: Noise, chance: Chance) -> float:
    is_one = chance.random() < noise.outliers
    return 1 + chance.expovariate(1 / noise.outlier_mean) if is_one else 1.0
