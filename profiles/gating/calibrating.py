"""How often the gate is wrong on this machine, and how small a change it sees, from rounds of equal arms.

Rounds take seconds, and a rate of one percent needs hundreds of comparisons. So each comparison draws which two of the
equal bots are base and head, and then rounds of those that were measured, with replacement. Base stays base in all of
them: were it drawn anew in each, bots that always differ would look equal, and no alarm could ever be. Comparisons of a
few rounds resemble each other: more minutes make the rates better, more comparisons do not.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec

from profiles.arms import ArmSpec
from profiles.conditions import conditions
from profiles.gating.checkouts import Checkout
from profiles.gating.contenders import METRICS, Contender, Figures, MeasureRound
from profiles.gating.errors import CannotMeasure
from profiles.gating.protocol import Traffic
from profiles.gating.rounds import once_more, rounds_of
from profiles.gating.timed import PLANTED
from reports.gate.model import Calibration, Resolution
from reports.gate.power import resolution
from reports.gate.proportions import clopper_pearson
from reports.gate.rules import Budget
from reports.gate.selftest import RIVALS, Rule
from reports.gate.timed import sequences

__all__ = ["COMPARISONS", "Calibrated", "calibrated", "equal_rounds", "keep", "kept", "rounds_for"]

COMPARISONS = 400
"""How many comparisons of equal arms, and of a slower one with an equal one, are drawn."""

_EQUAL = ("first", "second", "third")
_SLOWER = "slowed down"

_LONGEST = 60
_LEAST = 5
_CONTROL = "cpu_ms_per_message"

_Round = Mapping[str, Figures]
_Pair = tuple[Figures, Figures]


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """A calibration, and how often the planted slow-down was caught in the same number of comparisons.

    `caught` is by the metric that it makes worse. `rivals` are false alarms and catches of the rules of others, on the
    CPU time of the very same rounds.
    """

    calibration: Calibration
    caught: dict[str, int]
    rivals: dict[str, tuple[int, int]]
    planted: float
    rounds: int
    minutes: float


def equal_rounds(
    checkout: Checkout, arm: ArmSpec, traffic: Traffic, *, planted: float, chance: Random, twin: Checkout | None = None
) -> AbstractContextManager[MeasureRound]:
    """Rounds of three bots of the same code, and one more with a planted slow-down.

    `twin` is the same code in another folder, as the base of a gate is: the second bot runs from there.
    """
    places = (checkout, twin or checkout, checkout)
    equal = (Contender(name, place) for name, place in zip(_EQUAL, places, strict=True))
    return rounds_of([*equal, Contender(_SLOWER, checkout, planted)], arm, traffic, chance)


def rounds_for(
    measure: MeasureRound,
    seconds: float,
    tell: Callable[[str], None] = lambda _step: None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[_Round], float]:
    """As many as can be begun in the time, at least five, and the minutes that they took. Raises CannotMeasure."""
    begin_s, found, measure = clock(), list[_Round](), once_more(measure, tell)
    while len(found) < _LEAST or clock() - begin_s < seconds:
        found.append(measure(len(found)))
        tell(f"round {len(found)}, {(clock() - begin_s) / 60:.1f} minutes")
    return found, (clock() - begin_s) / 60


def calibrated(
    rounds: Sequence[_Round],
    minutes: float,
    budget: Budget,
    *,
    planted: float,
    chance: Random,
    comparisons: int = COMPARISONS,
) -> Calibrated:
    """What the rounds say of the gate with this budget. Raises CannotMeasure where it judges no timed metric."""
    if not sequences(METRICS, budget):
        raise CannotMeasure("the budget limits no timed metric in percent, so there is nothing to calibrate")
    equal = [_drawn(rounds, chance) for _ in range(comparisons)]
    slower = [_drawn(rounds, chance, _SLOWER) for _ in range(comparisons)]
    alarms = sum("worse" in _compared(pairs, budget).values() for pairs in equal)
    outcomes = [_compared(pairs, budget, PLANTED) for pairs in slower]
    caught = {metric: sum(one[metric] == "worse" for one in outcomes) for metric in outcomes[0]}
    found = conditions("real")
    return Calibrated(
        calibration=Calibration(
            comparisons=comparisons,
            false_alarms=alarms,
            rate=clopper_pearson(alarms, comparisons),
            resolutions=tuple(_resolutions(rounds, minutes, budget, chance)),
            measured_at=found.started_at,
            machine=_machine(),
        ),
        caught=caught,
        rivals={name: (_alarms(rule, equal), _alarms(rule, slower)) for name, rule in RIVALS.items()},
        planted=planted,
        rounds=len(rounds),
        minutes=minutes,
    )


def keep(calibration: Calibration, place: Path) -> Path:
    """Writes it where every later gate of this checkout finds it."""
    file = place / "calibration.json"
    partial = file.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(calibration), indent=2) + b"\n")
    partial.replace(file)
    return file


def kept(place: Path) -> Calibration | None:
    """The last calibration; None where there is none of this machine, or none that can be read."""
    try:
        found = msgspec.json.decode((place / "calibration.json").read_bytes(), type=Calibration)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.machine == _machine() else None


def _drawn(rounds: Sequence[_Round], chance: Random, head: str = "") -> list[_Pair]:
    """The rounds of one comparison: of two equal bots, or of `head` with one of them."""
    base, other = chance.sample(_EQUAL, 2)
    return [(figures[base], figures[head or other]) for figures in chance.choices(rounds, k=_LONGEST)]


def _compared(pairs: Sequence[_Pair], budget: Budget, wanted: Collection[str] = METRICS) -> dict[str, str]:
    """The outcomes of one comparison, of metrics by their keys; it ends when those that are wanted are settled."""
    judged = {metric: one for metric, one in sequences(METRICS, budget).items() if metric in wanted}
    for base, head in pairs:
        for metric, sequence in judged.items():
            sequence.add(base[metric], head[metric])
        if all(one.is_settled for one in judged.values()):
            break
    return {metric: one.outcome() for metric, one in judged.items()}


def _alarms(rule: Rule, comparisons: Sequence[Sequence[_Pair]]) -> int:
    """In how many of them a rule of others alarms."""
    samples = ([[side[_CONTROL] for side in sides] for sides in zip(*pairs, strict=True)] for pairs in comparisons)
    return sum(rule(base, head) for base, head in samples)


def _resolutions(rounds: Sequence[_Round], minutes: float, budget: Budget, chance: Random) -> Iterator[Resolution]:
    """For as many rounds as were measured, and for the most that a comparison takes."""
    for metric, one in sequences(METRICS, budget).items():
        differences = [
            math.log(figures[right][metric] / figures[left][metric])
            for figures in rounds
            for left, right in pairwise(_EQUAL)
        ]
        for count in sorted({max(_LEAST, len(rounds)), _LONGEST}):
            found = resolution(
                metric,
                differences,
                count,
                minutes_per_round=minutes / len(rounds),
                alpha=one.alpha,
                margin=one.margin,
                chance=chance,
            )
            if found is not None:
                yield found


def _machine() -> str:
    found = conditions("real")
    return f"{found.platform}, {found.cores} cores, {found.processor}, Python {found.python}"
