"""The highest rate at which a real bot holds an SLO: trials at steady rates, each drained before the next."""

from collections.abc import Awaitable, Callable

import msgspec

from profiles.conditions import conditions
from profiles.live.generator import generate
from profiles.live.orders import Outcome, Progress
from profiles.load.rates import constant
from profiles.load.run import Plan, Send, doubts_of, letters_of, notes_of, orders, samples_of, trace_of
from profiles.load.target import Target
from profiles.load.usage import Meter
from profiles.rate_search import Trials, bracket, confirmed, edges_of
from profiles.trace import Trace
from profiles.workload_model import Workload
from reports.capacity import Bracket, Capacity, Edge, Load, Trial
from reports.slo import Limit, judge
from service.core.errors import ConfigError
from service.ports import Clock

__all__ = ["CapacityPlan", "find_capacity", "people_of"]

_ATTEMPTS = 2
_DRAIN_S = 30.0  # what is older than that is given up by the bot itself


class CapacityPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for, and how: each trial lasts `warm_up_s`, which does not count, and `seconds`.

    From `first` messages a second on the rate is doubled at most `doublings` times; then the gap is halved `halvings`
    times; then each edge is tried until it has `repeats` trials. `run` makes the messages' ids new ones.
    """

    limits: tuple[Limit, ...]
    workload: Workload
    seed: int
    run: str
    first: float = 10.0
    seconds: float = 20.0
    warm_up_s: float = 5.0
    doublings: int = 10
    halvings: int = 3
    repeats: int = 3


def people_of(plan: CapacityPlan) -> Trace:
    """A trace whose messages come from everybody who may write in any trial."""
    return trace_of(_plan_at(plan, 1_000.0, 0))


def _plan_at(plan: CapacityPlan, rate: float, number: int) -> Plan:
    """Every trial has gaps and ids of its own, and its messages from the same people."""
    return Plan(
        profile=constant(rate, plan.warm_up_s + plan.seconds),
        workload=plan.workload,
        seed=plan.seed,
        run=f"{plan.run}{number:X}X",
        draw=f"trial {number}",
        limits=plan.limits,
        settle_s=_DRAIN_S,
    )


async def find_capacity(
    plan: CapacityPlan,
    target: Target,
    clock: Clock,
    tell: Callable[[Trial], None] = lambda _trial: None,
    send: Send = generate,
) -> Capacity:
    """Searches; `tell` hears of each trial.

    A failure that may be the generator's fault is tried again; the second time it ends the search, without a verdict
    beyond the rates that held. Raises GeneratorError.
    """
    trials: list[Trial] = []

    async def attempt(rate: float) -> Trial:
        for _ in range(_ATTEMPTS):
            trial = _Trial(_plan_at(plan, rate, len(trials)), plan.warm_up_s, target, clock)
            trials.append(await trial.run(send))
            tell(trials[-1])
            if not trials[-1].refused:
                break
        return trials[-1]

    search = confirmed(bracket(plan.first, plan.doublings, plan.halvings), plan.repeats)
    found, refused = await _searched(search, attempt)
    return Capacity(
        target=target.name,
        slo=",".join(limit.text for limit in plan.limits),
        clock="real",
        seed=plan.seed,
        bracket=found,
        trials=tuple(trials),
        workload=plan.workload.name,
        people=plan.workload.users.count,
        refused=refused,
        notes=(
            f"each trial: {plan.warm_up_s:g} s of warm-up that do not count, then {plan.seconds:g} s",
            *notes_of(plan.workload, target),
        ),
        conditions=conditions("real"),
    )


async def _searched(search: Trials, attempt: Callable[[float], Awaitable[Trial]]) -> tuple[Bracket, str]:
    """What was found, and why there is no more, if so."""
    counts: dict[float, Edge] = {}
    rate = next(search)
    while True:
        trial = await attempt(rate)
        if trial.refused:
            below = {other: edge for other, edge in counts.items() if other < rate}
            return edges_of(below), f"nothing can be said of {rate:,.1f} messages/s: {trial.refused}"
        before = counts.get(rate, Edge(rate, 0, 0))
        counts[rate] = Edge(rate, before.held + trial.outcome.held, before.trials + 1)
        try:
            rate = search.send(trial.outcome.held)
        except StopIteration as ended:
            return ended.value, ""


class _Trial:
    """One rate for a while. What the wait for the last replies costs is left out of the load."""

    def __init__(self, plan: Plan, warm_up_s: float, target: Target, clock: Clock) -> None:
        self._plan = plan
        self._warm_up_s = warm_up_s
        self._target = target
        self._clock = clock
        self._meter = Meter(target.pid)

    async def run(self, send: Send) -> Trial:
        """Raises ConfigError where nothing was sent after the warm-up, GeneratorError."""
        plan, trace = self._plan, trace_of(self._plan)
        outcome = await send(orders(self._target, letters_of(trace), plan.settle_s), self._follow)
        samples = samples_of(
            [one.at_s for one in trace.arrivals], outcome, replies=self._target.sandbox_url is not None
        )
        counted = [one for one in samples if one.at_s >= self._warm_up_s]
        if not counted:
            raise ConfigError("a trial had no message after its warm-up; begin at a higher rate, or take more seconds")
        return Trial(
            rate=plan.profile.stages[0].begin_per_s,
            outcome=judge(plan.limits, [one.response_ms for one in counted]),
            load=_load(self._meter, outcome),
            late_ms=outcome.lateness.p99_ms,
            refused=doubts_of(plan.limits, counted, outcome),
        )

    def _follow(self, progress: Progress) -> None:
        if progress.at_s <= self._plan.profile.seconds:
            self._meter.look(self._clock.monotonic())


def _load(meter: Meter, outcome: Outcome) -> Load:
    accepted = sum(count for status, count in outcome.statuses.items() if status.startswith("2"))
    return Load(
        bot_cpu=meter.bot.cpu_share if meter.bot else None,
        machine_cpu=meter.machine if meter.bot else None,
        generator_cpu=outcome.cpu_share,
        refused=sum(outcome.statuses.values()) - accepted,
    )
