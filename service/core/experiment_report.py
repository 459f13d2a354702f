"""What an experiment has shown so far, valid at every look."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from service.core.experiments import ARMS, MAX_EXPOSED, Arm, ArmFigures, Experiment, Metric, Record, merged
from service.core.sequential import Interval, Moments, best_rho, difference, mean_interval, sample_ratio_p

__all__ = [
    "ALPHA",
    "FEWEST_USERS",
    "PLANNED_USERS",
    "SAMPLE_RATIO_ALPHA",
    "Comparison",
    "ExperimentReport",
    "Verdict",
    "judge",
]

ALPHA = 0.05
"""The chance that any verdict of an experiment is wrong, however often it is looked at; and as much for guardrails."""

SAMPLE_RATIO_ALPHA = 0.001
"""Below it the shares of users are not those of the plan, and no verdict is given."""

FEWEST_USERS = 100
"""In each arm: before, nothing is said, as the confidence sequence is asymptotic."""

PLANNED_USERS = 2_000
"""For this many users in both arms together the confidence sequence is tightest; it is valid for any."""

_GUARDS: tuple[Metric, ...] = ("response", "slow", "errors")
_SHARES: tuple[Metric, ...] = ("slow", "errors")

Verdict = Literal["better", "worse", "undecided"]


class Comparison(msgspec.Struct, frozen=True):
    """One metric in both arms, each with a confidence sequence, and `on` minus `off`.

    Response times are geometric means in ms and their difference is in percent; errors and slow messages are in percent
    of messages, their difference in percentage points; upstream calls are per message. `verdict` is about the arm `on`.
    """

    metric: Metric
    arms: Mapping[Arm, Interval]
    difference: Interval
    verdict: Verdict


class ExperimentReport(msgspec.Struct, frozen=True, kw_only=True):
    """Exposures are distinct users; `measured` are the samples, which may count a user once for each instance.

    `tripped` says which guardrails are broken, in words; `mismatch`, that verdicts are withheld. `sample_ratio_p` is
    None where there are more users than are remembered.
    """

    experiment: Experiment
    exposures: Mapping[Arm, int]
    measured: Mapping[Arm, int]
    messages: Mapping[Arm, int]
    sample_ratio_p: float | None
    mismatch: bool
    comparisons: tuple[Comparison, ...]
    tripped: tuple[str, ...]


def judge(experiment: Experiment, exposures: Mapping[Arm, int], records: Iterable[Record]) -> ExperimentReport:
    """Compares the arms. `exposures` are distinct users by arm."""
    figures = merged(records)
    p_value = _ratio_p(experiment, exposures)
    mismatch = p_value is not None and p_value < SAMPLE_RATIO_ALPHA
    compared = _compare_all(experiment.metrics, figures, exposures)
    if mismatch:
        compared = tuple(msgspec.structs.replace(each, verdict="undecided") for each in compared)
    broken = (_broken(experiment, guard) for guard in _compare_all(_GUARDS, figures, exposures))
    return ExperimentReport(
        experiment=experiment,
        exposures=dict(exposures),
        measured={arm: _of(figures[arm], "response").count for arm in ARMS},
        messages={arm: figures[arm].messages for arm in ARMS},
        sample_ratio_p=p_value,
        mismatch=mismatch,
        comparisons=compared,
        tripped=tuple(filter(None, broken)),
    )


def _compare_all(
    metrics: Sequence[Metric], figures: Mapping[Arm, ArmFigures], exposures: Mapping[Arm, int]
) -> tuple[Comparison, ...]:
    """Each at its share of ALPHA."""
    return tuple(_compare(metric, figures, exposures, ALPHA / len(metrics)) for metric in metrics)


def _broken(experiment: Experiment, guard: Comparison) -> str:
    """What is worse than the guardrail allows, with certainty; empty when nothing is."""
    what, limit = {
        "response": ("slower by at least {:.1f} %", experiment.max_slower_percent),
        "slow": ("at least {:.2f} percentage points more slow messages", experiment.max_slow_percent),
        "errors": ("at least {:.2f} percentage points more errors", experiment.max_errors_percent),
    }[guard.metric]
    if guard.verdict != "worse" or guard.difference.low <= limit:
        return ""
    return f"{what.format(guard.difference.low)}, and {limit:g} are allowed"


def _ratio_p(experiment: Experiment, exposures: Mapping[Arm, int]) -> float | None:
    if max(exposures.values()) >= MAX_EXPOSED:
        return None
    return sample_ratio_p([exposures["off"], exposures["on"]], [experiment.off_percent, experiment.on_percent])


class _Side(msgspec.Struct, frozen=True):
    """One arm in one metric: its mean, the variance of a sample, and how many samples count."""

    mean: float
    variance: float
    users: int

    @property
    def squared_error(self) -> float:
        """Of the mean; 0 without samples."""
        return self.variance / self.users if self.users else 0.0


def _compare(
    metric: Metric, figures: Mapping[Arm, ArmFigures], exposures: Mapping[Arm, int], alpha: float
) -> Comparison:
    sides = _sides(metric, figures, exposures)
    arms = {arm: _alone(side, alpha) for arm, side in sides.items()}
    gap = difference(
        arms["on"],
        arms["off"],
        math.sqrt(sum(side.squared_error for side in sides.values())),
        samples=sum(side.users for side in sides.values()),
        rho=best_rho(alpha, PLANNED_USERS),
        alpha=alpha,
    )
    is_enough = min(side.users for side in sides.values()) >= FEWEST_USERS
    return Comparison(
        metric,
        {arm: _shown(metric, each) for arm, each in arms.items()},
        _shown_difference(metric, gap if is_enough else _unlimited(gap.estimate)),
        _verdict(gap) if is_enough else "undecided",
    )


def _sides(metric: Metric, figures: Mapping[Arm, ArmFigures], exposures: Mapping[Arm, int]) -> dict[Arm, _Side]:
    samples = {arm: _of(figures[arm], metric) for arm in ARMS}
    pooled = samples["off"] + samples["on"]
    return {
        arm: _Side(each.mean, _variance(metric, each, pooled), _distinct(each.count, exposures[arm]))
        for arm, each in samples.items()
    }


def _alone(side: _Side, alpha: float) -> Interval:
    """Without limits where there are too few users for them to hold, and without an estimate where there is nobody."""
    if side.users < FEWEST_USERS:
        return _unlimited(side.mean if side.users else math.nan)
    moments = Moments(side.users, side.mean * side.users)
    return mean_interval(moments, side.variance, rho=best_rho(alpha, PLANNED_USERS / 2), alpha=alpha)


def _unlimited(estimate: float) -> Interval:
    return Interval(estimate, -math.inf, math.inf)


def _verdict(gap: Interval) -> Verdict:
    if gap.high < 0:
        return "better"
    return "worse" if gap.low > 0 else "undecided"


def _of(figures: ArmFigures, metric: Metric) -> Moments:
    return figures.metrics.get(metric, Moments())


def _distinct(samples: int, exposures: int) -> int:
    """How many samples there are for the width of an interval.

    A user whom several instances have measured is in several samples, which are not independent: only as many count as
    there are users.
    """
    return min(samples, exposures) if exposures else samples


def _variance(metric: Metric, samples: Moments, pooled: Moments) -> float:
    """Errors are rare: no variance can be estimated where none was seen, but it is at most that of a coin."""
    if metric not in _SHARES:
        return samples.variance
    chance = (pooled.total + 1) / (pooled.count + 2)
    own = (samples.total + 1) / (samples.count + 2)
    return max(chance * (1 - chance), own * (1 - own))


def _shown(metric: Metric, each: Interval) -> Interval:
    if metric == "response":
        return Interval(*(_exp(value) for value in (each.estimate, each.low, each.high)))
    scale = 100 if metric in _SHARES else 1
    return Interval(*(scale * value for value in (each.estimate, each.low, each.high)))


def _shown_difference(metric: Metric, each: Interval) -> Interval:
    if metric == "response":
        return Interval(*(100 * (_exp(value) - 1) for value in (each.estimate, each.low, each.high)))
    return _shown(metric, each)


def _exp(value: float) -> float:
    """Without an OverflowError: an interval may be unlimited, or as good as."""
    return math.inf if value >= 700 else math.exp(value)  # noqa: PLR2004 - the greatest float is exp(709)
