"""A load run: a profile's messages to a target, held against limits, and stopped early where that is wished."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from profiles.chance import Chance
from profiles.conditions import conditions
from profiles.live.generator import generate
from profiles.live.orders import Letter, Orders, Outcome, Progress
from profiles.load.messages import messages
from profiles.load.rates import Profile, schedule
from profiles.load.target import Target
from profiles.load.usage import Meter
from profiles.load.watch import GIVEN_UP_S, Watch
from profiles.trace import Trace
from profiles.workload_model import Workload
from reports.load import Generator, LoadRun, Sample, blamed_on_generator, crossing, summary_of, windows
from reports.load_view import Look
from reports.rss import SlopeLimit, growth_of
from reports.slo import Limit, judge
from service.ports import Clock

__all__ = ["Plan", "Send", "doubts_of", "letters_of", "notes_of", "orders", "run_load", "samples_of", "trace_of"]

_WINDOWS = 24
_LEAST_WINDOW_S = 1.0
_BREAK_WINDOW_S = 5.0
_CONNECTIONS = 512


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, and when to stop.

    `run` makes the messages' ids new ones, `draw` their times other ones of the same seed. With `abort` the run is
    stopped once a limit is crossed for certain, but not in its first `grace_s`. A message may take `settle_s` after the
    last one was sent.
    """

    profile: Profile
    workload: Workload
    seed: int
    run: str
    draw: str = "load"
    cv: float = 1.0
    limits: tuple[Limit, ...] = ()
    slope_limit: SlopeLimit | None = None
    abort: bool = False
    grace_s: float = 10.0
    settle_s: float = GIVEN_UP_S


def trace_of(plan: Plan) -> Trace:
    """The messages of a run, and the people they come from."""
    times_s = list(schedule(plan.profile, Chance(f"{plan.seed}/{plan.draw}"), plan.cv))
    return messages(plan.workload, plan.seed, times_s, plan.run)


def letters_of(trace: Trace) -> tuple[Letter, ...]:
    """The same for the generator."""
    people = trace.population
    return tuple(Letter(one.at_s, one.wamid, people[one.user].sender, one.text) for one in trace.arrivals)


class Send(Protocol):
    """What carries out orders: the generator, usually. It stops early once `stop` is set."""

    async def __call__(
        self, orders: Orders, on_progress: Callable[[Progress], None], *, stop: asyncio.Event | None = None
    ) -> Outcome:
        """What became of the letters."""


async def run_load(
    plan: Plan,
    target: Target,
    trace: Trace,
    clock: Clock,
    *,
    tell: Callable[[Look], None],
    stop: asyncio.Event,
    send: Send = generate,
) -> LoadRun:
    """Sends everything. `tell` hears of it every second; `stop` ends it early. Raises GeneratorError."""
    watch = Watch(target.name, plan.profile, [one.at_s for one in trace.arrivals], plan.limits)
    meter = Meter(target.pid)
    stopped: list[str] = []

    def follow(progress: Progress) -> None:
        if progress.at_s <= plan.profile.seconds:  # what comes later is the wait for the last replies
            meter.look(clock.monotonic(), progress.at_s, progress.sent)
        look = watch.take(progress, meter.rss_mb)
        tell(look)
        crossed = look.outcome.crossed if look.outcome else ()
        if plan.abort and crossed and look.at_s >= plan.grace_s and not stop.is_set():
            stopped.append(f"{', '.join(one.limit.text for one in crossed)} was crossed at {look.at_s:,.0f} s")
            stop.set()

    outcome = await send(orders(target, letters_of(trace), plan.settle_s), follow, stop=stop)
    if outcome.stopped and not stopped:
        stopped.append("it was interrupted")
    report = _report(plan, target, trace, outcome)
    return msgspec.structs.replace(
        report,
        bot=meter.bot,
        rss=meter.rss,
        growth=growth_of(meter.rss) if meter.rss else None,
        stopped="".join(stopped),
    )


def orders(target: Target, letters: tuple[Letter, ...], settle_s: float) -> Orders:
    """What the generator is told."""
    return Orders(
        webhook_url=target.webhook_url,
        secret=target.secret,
        letters=letters,
        sandbox_url=target.sandbox_url,
        phone_number_id=target.phone_number_id,
        settle_s=settle_s,
        connections=_CONNECTIONS,
    )


def samples_of(times_s: Sequence[float], outcome: Outcome, *, replies: bool) -> list[Sample]:
    """The messages that were sent.

    What was open when the run was stopped counts as answered at that moment: it took longer, but is no error yet.
    """
    took = outcome.answered_ms if replies else outcome.accepted_ms
    samples = []
    for at_s, late_ms, response_ms in zip(times_s, outcome.late_ms, took, strict=True):
        if late_ms is None:
            continue
        waited_ms = max(0.0, 1000 * (outcome.waited_s - at_s))
        is_open = response_ms is None and outcome.stopped and waited_ms < 1000 * GIVEN_UP_S
        samples.append(Sample(at_s, waited_ms if is_open else response_ms, late_ms, is_open))
    return samples


def _report(plan: Plan, target: Target, trace: Trace, outcome: Outcome) -> LoadRun:
    replies = target.sandbox_url is not None
    samples = samples_of([one.at_s for one in trace.arrivals], outcome, replies=replies)
    profile, lateness = plan.profile, outcome.lateness
    width_s = max(_LEAST_WINDOW_S, math.ceil(profile.seconds / _WINDOWS))
    breaks = plan.limits and profile.shape == "breakpoint"
    return LoadRun(
        target=target.name,
        profile=profile.text,
        shape=profile.shape,
        seed=plan.seed,
        seen="replies" if replies else "acceptance",
        seconds=min(profile.seconds, outcome.waited_s),
        messages=len(samples),
        response_ms=summary_of(samples),
        statuses=outcome.statuses,
        outcome=judge(plan.limits, [one.response_ms for one in samples]) if plan.limits and samples else None,
        windows=windows(samples, profile.rate_at, width_s),
        generator=Generator(late_ms_p99=lateness.p99_ms, late_ms_max=lateness.max_ms, cpu_share=outcome.cpu_share),
        slope_limit=plan.slope_limit,
        workload=plan.workload.name,
        people=plan.workload.users.count,
        cv=plan.cv,
        crossing=crossing(plan.limits, samples, profile.rate_at, _BREAK_WINDOW_S) if breaks else None,
        refused=doubts_of(plan.limits, samples, outcome),
        notes=notes_of(plan.workload, target),
        conditions=conditions("real"),
    )


def doubts_of(limits: Sequence[Limit], samples: Sequence[Sample], outcome: Outcome) -> str:
    """Why the limits cannot be judged by these samples, empty where they can.

    A clock that was set and replies that were lost spoil any outcome, lateness only one that it may have decided.
    """
    if abs(outcome.clock_step_ms) > 1.0:
        return f"the clock was set by {outcome.clock_step_ms:+.1f} ms meanwhile"
    if outcome.lost_replies:
        return f"{outcome.lost_replies} replies were forgotten by the sandbox before they were read"
    return blamed_on_generator(limits, samples)


def notes_of(workload: Workload, target: Target) -> tuple[str, ...]:
    """What a reader should know about whom the messages came from, and what was seen of the answers."""
    notes = [f"questions of workload {workload.name} from {workload.users.count:,} people"]
    if not target.is_ours:
        notes.append(
            "the bot was not started for this: who asks is a stranger to it, and is answered without asking Flash for "
            "an account; `--phase` starts a bot that knows them"
        )
    if target.sandbox_url is None:
        notes.append(
            "the bot does not talk to a sandbox that is known here, so only the acceptance of webhooks was seen and "
            "judged, and no reply; `--sandbox-url` names its sandbox"
        )
    return tuple(notes)
