"""The gate on trial: simulated pairs of equal and of slower arms, judged by the gate and by the rules of others."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from reports.gate import rivals
from reports.gate.chance import Chance
from reports.gate.model import Interval
from reports.gate.noise import DESIGNS, Design, Noise, samples
from reports.gate.proportions import clopper_pearson
from reports.gate.rules import ALPHA
from reports.gate.sequence import Sequence as Rounds
from reports.stats import percentile

__all__ = ["OURS", "RIVALS", "Plan", "Rate", "Rule", "Score", "SelfTest", "self_test"]

OURS = "pulse gate"

_LEAST = 200
_FALSE_ALARMS = 0.01
_CAUGHT = 0.95
_PROMISED = 0.05
_FIRST_LOOK = 3

Rule = Callable[[Sequence[float], Sequence[float]], bool]
"""Whether the samples of base and of head are an alarm."""

_Samples = tuple[tuple[float, ...], tuple[float, ...]]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to simulate: pairs of equal arms and pairs with each of the effects, of each design.

    `alpha` is what one of `metrics` timed metrics has of the gate's.
    """

    comparisons: int = 400
    rounds: int = 90
    effects: tuple[float, ...] = (0.02, 0.05, 0.10)
    metrics: int = 6
    margin: float = 0.025
    noise: Noise = Noise()

    @property
    def alpha(self) -> float:
        """Of one metric."""
        return ALPHA / self.metrics


class Rate(msgspec.Struct, frozen=True):
    """Alarms among comparisons of one effect (0: of equal arms), with 95 % confidence limits."""

    effect: float
    alarms: int
    comparisons: int
    limits: Interval


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One rule under one design. The shares and rounds of decisions are of the gate alone; None elsewhere.

    `cleared` is the share of equal arms that it found not to be worse, `rounds_p50` and `rounds_p95` how many
    rounds it took to decide those with the effect 0.05, all rounds where it did not.
    """

    design: Design
    rule: str
    rates: tuple[Rate, ...]
    cleared: float | None = None
    rounds_p50: int | None = None
    rounds_p95: int | None = None


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """All scores. `failures` say which of the gate's promises for interleaved rounds were broken."""

    plan: Plan
    scores: tuple[Score, ...]
    failures: tuple[str, ...]


def self_test(plan: Plan, chance: Chance) -> SelfTest:
    """Carries it out. Every rule judges the very same samples.

    Raises:
        ValueError: fewer than 200 comparisons, which could not show a false-alarm rate of 1 %.
    """
    if plan.comparisons < _LEAST:
        raise ValueError(f"{plan.comparisons} comparisons show nothing about a rate of 1 %: at least {_LEAST}")
    scores = tuple(score for design in DESIGNS for score in _scores(plan, design, chance))
    ours = next(score for score in scores if score.rule == OURS and score.design == "interleaved")
    return SelfTest(plan=plan, scores=scores, failures=tuple(_failures(ours)))


def _scores(plan: Plan, design: Design, chance: Chance) -> Iterator[Score]:
    drawn = {
        effect: [samples(design, effect, plan.rounds, plan.noise, chance) for _ in range(plan.comparisons)]
        for effect in (0.0, *plan.effects)
    }
    yield _our_score(plan, design, {effect: [_decide(pair, plan) for pair in pairs] for effect, pairs in drawn.items()})
    rules: dict[str, Rule] = {**RIVALS, "sequential t-test, same margin": partial(_sequential_t, plan)}
    for rule, alarms in rules.items():
        rates = tuple(_rate(effect, [alarms(*pair) for pair in pairs]) for effect, pairs in drawn.items())
        yield Score(design=design, rule=rule, rates=rates)


def _our_score(plan: Plan, design: Design, decided: Mapping[float, Sequence[Rounds]]) -> Score:
    took = sorted(one.rounds for one in decided.get(_PROMISED, decided[0.0]))
    return Score(
        design=design,
        rule=OURS,
        rates=tuple(_rate(effect, [one.outcome() == "worse" for one in found]) for effect, found in decided.items()),
        cleared=sum(one.is_harmless for one in decided[0.0]) / plan.comparisons,
        rounds_p50=int(percentile(took, 50)),
        rounds_p95=int(percentile(took, 95)),
    )


def _decide(pair: _Samples, plan: Plan) -> Rounds:
    rounds = Rounds(alpha=plan.alpha, margin=plan.margin)
    for base, head in zip(*pair, strict=True):
        rounds.add(base, head)
        if rounds.is_settled:
            break
    return rounds


def _rate(effect: float, alarms: Sequence[bool]) -> Rate:
    return Rate(effect, sum(alarms), len(alarms), clopper_pearson(sum(alarms), len(alarms)))


def _t_test(base: Sequence[float], head: Sequence[float]) -> bool:
    return rivals.p_value_alarms(rivals.welch_p(rivals.moments(base), rivals.moments(head)), base, head)


def _peeking_t_test(base: Sequence[float], head: Sequence[float]) -> bool:
    """As whoever adds rounds "until it is significant" does it."""
    looks = zip(rivals.running_moments(base), rivals.running_moments(head), strict=True)
    return any(
        after.mean > before.mean and rivals.welch_p(before, after) < rivals.LEVEL
        for before, after in looks
        if before.count >= _FIRST_LOOK
    )


def _mann_whitney(base: Sequence[float], head: Sequence[float]) -> bool:
    return rivals.p_value_alarms(rivals.mann_whitney_p(base, head), base, head)


def _sequential_t(plan: Plan, base: Sequence[float], head: Sequence[float]) -> bool:
    """Ours with another engine: same alpha, same margin, a look after each round, but for normal noise."""
    found = (math.log(after / before) for before, after in zip(base, head, strict=True))
    edge, enough = math.log1p(plan.margin), -math.log(plan.alpha)
    return any(
        look.mean > edge and rivals.sequential_t_log(look, edge) >= enough
        for look in rivals.running_moments(found)
        if look.count >= _FIRST_LOOK
    )


RIVALS: dict[str, Rule] = {
    "pytest-benchmark mean:5%": rivals.mean_ratio_alarms,
    "t-test, p < 0.05": _t_test,
    "t-test after each round": _peeking_t_test,
    "Mann-Whitney, p < 0.05": _mann_whitney,
}
"""The rules of others: whether one alarms, given the samples of base and of head."""


def _failures(ours: Score) -> Iterator[str]:
    for rate in ours.rates:
        share = rate.alarms / rate.comparisons
        if rate.effect == 0 and share > _FALSE_ALARMS:
            yield f"{share:.1%} of equal arms were called worse, more than {_FALSE_ALARMS:.0%}"
        if rate.effect >= _PROMISED and share < _CAUGHT:
            yield f"{share:.1%} of arms slower by {rate.effect:.0%} were caught, fewer than {_CAUGHT:.0%}"
