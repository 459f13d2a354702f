"""Arms against each other in real time: rounds in random order, one after the other, all on the same trace."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from profiles.arms import ArmSpec
from profiles.conditions import conditions
from profiles.live.arena import our_arm
from profiles.live.figures import live_arm
from profiles.live.limits import LiveLimits, live_limits
from profiles.live.round import Round, measure_round
from profiles.live.spans import Span, span_of
from profiles.trace import Trace
from profiles.virtual_run import VirtualRun
from profiles.workload_model import Workload
from reports import model
from reports.paired import paired
from service.core.errors import ConfigError

__all__ = ["LivePlan", "observed", "order_of", "run_live"]

_METRICS = "6.1"


class LivePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure: arms, their traffic, how often, and the command that runs the bot.

    The first `warm_up_s` of each round are not measured.
    """

    arms: tuple[ArmSpec, ...]
    workload: Workload
    trace: Trace
    serve: tuple[str, ...]
    rounds: int = 2
    warm_up_s: float = 0.0
    settle_s: float = 30.0


def observed(arm: ArmSpec) -> ArmSpec:
    """The arm with metrics (6.1) on: without them nobody outside of the process knows its hit rate.

    Raises ConfigError for an arm that has them off on purpose.
    """
    if _METRICS in arm.switches:
        return arm
    if f"-{_METRICS}" in arm.changes:
        raise ConfigError(f"{arm.name}: in real time figures are read from /metrics, which {_METRICS} off takes away")
    return msgspec.structs.replace(arm, changes=f"{arm.changes} +{_METRICS}".strip())


def order_of(arms: int, rounds: int, seed: int) -> list[int]:
    """Which arm is measured when: in each round all of them in random order, in the next in the opposite one.

    Whatever drifts meanwhile (heat, neighbours) then weighs on all arms alike.
    """
    dice = random.Random(seed)
    order: list[int] = []
    block: list[int] = []
    for number in range(rounds):
        block = block[::-1] if number % 2 else dice.sample(range(arms), arms)
        order += block
    return order


def run_live(
    plan: LivePlan, tick: Callable[[int], None] = lambda _sent: None, virtual: Sequence[VirtualRun] = ()
) -> model.Run:
    """Measures all arms; what makes the figures doubtful is in the run's notes.

    `virtual` are the same arms in virtual time, for what is possible at best; without them nothing is said of that.
    Raises ProcessError, GeneratorError.
    """
    started_s = time.monotonic()
    found: dict[int, list[Round]] = defaultdict(list)
    for number in order_of(len(plan.arms), plan.rounds, plan.trace.seed):
        arm = our_arm(observed(plan.arms[number]), plan.serve)
        round_ = asyncio.run(measure_round(arm, plan.workload, plan.trace, settle_s=plan.settle_s, tick=tick))
        found[number].append(round_)
    spans = [[span_of(one, plan.trace, plan.warm_up_s) for one in found[number]] for number in range(len(plan.arms))]
    arms = _measured(plan, spans, virtual)
    return model.Run(
        trace=model.Trace(
            digest=plan.trace.digest,
            seed=plan.trace.seed,
            messages=len(spans[0][0].messages),
            workload=plan.trace.workload,
            minutes=plan.trace.minutes,
        ),
        arms=(arms[0], *(_beside(arm, spans[0], own) for arm, own in zip(arms[1:], spans[1:], strict=True))),
        conditions=conditions("real", versions={"store": found[0][0].store}),
        notes=_doubts([one for rounds in found.values() for one in rounds]),
        wall_s=time.monotonic() - started_s,
    )


def _measured(plan: LivePlan, spans: Sequence[Sequence[Span]], virtual: Sequence[VirtualRun]) -> list[model.Arm]:
    limits = [live_limits(run, own) for run, own in zip(virtual, spans, strict=False)] or [LiveLimits()] * len(spans)
    every = zip(plan.arms, spans, limits, strict=True)
    return [live_arm(observed(arm), plan.trace, own, best) for arm, own, best in every]


def _beside(arm: model.Arm, baseline: Sequence[Span], candidate: Sequence[Span]) -> model.Arm:
    """The arm with its differences from the baseline in the same round: of the same messages, and of CPU time."""
    rounds = list(zip(baseline, candidate, strict=True))
    responses = paired([(before.response_ms, after.response_ms) for before, after in rounds])
    cpu = paired([([_cpu_ms(before)], [_cpu_ms(after)]) for before, after in rounds])
    measures = dict(arm.measures)
    for name, one in (("response_ms", responses), ("cpu_ms", cpu)):
        if one is not None:
            measures |= {
                f"{name}_paired": one.median,
                f"{name}_paired_low": one.low,
                f"{name}_paired_high": one.high,
                f"{name}_paired_coverage": one.coverage,
            }
    return msgspec.structs.replace(arm, measures=measures)


def _cpu_ms(span: Span) -> float:
    return 1000 * span.cpu_s / len(span.messages)


def _doubts(rounds: Sequence[Round]) -> tuple[str, ...]:
    """Each once, with how many rounds have it where not all do."""
    return tuple(f"round {n} ({one.arm}): {doubt}" for n, one in enumerate(rounds, 1) for doubt in one.outcome.doubts())
