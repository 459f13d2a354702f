"""What can be kept: runs of a bench, load runs and searches for a capacity, and what a history has to know of each."""

from typing import Literal, assert_never

import msgspec

from reports.capacity import Capacity
from reports.load import LoadRun
from reports.measures import figures_of
from reports.model import Conditions, Run

__all__ = ["Facts", "Kept", "Kind", "facts_of"]

Kept = Run | LoadRun | Capacity
Kind = Literal["bench", "load", "capacity"]

_TIMES = ("mean", "p50", "p90", "p99")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """By what a kept run is listed. Each arm is a name, its switches and its figures, unscaled, by their keys.

    Runs of one `digest` were driven by the same traffic.
    """

    kind: Kind
    conditions: Conditions
    workload: str
    digest: str
    seed: int
    messages: int
    minutes: float | None
    arms: tuple[tuple[str, tuple[str, ...], dict[str, float]], ...]


def facts_of(run: Kept) -> Facts:
    """What a list shows of it."""
    match run:
        case Run():
            return _of_bench(run)
        case LoadRun():
            return _of_load(run)
        case Capacity():
            return _of_capacity(run)
    assert_never(run)


def _of_bench(run: Run) -> Facts:
    return Facts(
        kind="bench",
        conditions=run.conditions,
        workload=run.trace.workload,
        digest=run.trace.digest,
        seed=run.trace.seed,
        messages=run.trace.messages,
        minutes=run.trace.minutes,
        arms=tuple((arm.name, arm.switches, figures_of(arm)) for arm in run.arms),
    )


def _of_load(run: LoadRun) -> Facts:
    asked = f"{run.workload}, {run.people} people, cv {run.cv:g}, seed {run.seed}"
    return Facts(
        kind="load",
        conditions=run.conditions,
        workload=run.workload,
        digest=f"load {run.profile} ({asked}), by {run.seen}",
        seed=run.seed,
        messages=run.messages,
        minutes=run.seconds / 60,
        arms=((run.target, (), _load_figures(run)),),
    )


def _load_figures(run: LoadRun) -> dict[str, float]:
    """Of messages that were answered, and how many were not."""
    summary, growth, bot = run.response_ms, run.growth, run.bot
    times = {f"response_ms_{name}": getattr(summary, name) for name in _TIMES} if summary else {}
    return {
        **times,
        "unanswered": float(run.messages - (summary.count if summary else 0)),
        **({"broke_at_per_s": run.crossing.rate_per_s} if run.crossing else {}),
        **({"rss_mb_peak": bot.rss_mb_peak} if bot else {}),
        **({"rss_mb_per_million_messages": growth.mb_per_million} if growth else {}),
        "generator_late_ms_p99": run.generator.late_ms_p99,
    }


def _of_capacity(found: Capacity) -> Facts:
    holds, fails = found.bracket.holds, found.bracket.fails
    edges = {"capacity_per_s": holds, "fails_at_per_s": fails}
    return Facts(
        kind="capacity",
        conditions=found.conditions,
        workload=found.workload,
        digest=f"capacity under {found.slo} ({found.workload}, {found.people} people, seed {found.seed})",
        seed=found.seed,
        messages=sum(trial.outcome.messages for trial in found.trials),
        minutes=None,
        arms=((found.target, (), {key: edge.rate for key, edge in edges.items() if edge}),),
    )
