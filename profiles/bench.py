"""A bench: every arm in virtual time, and as a process of its own for memory and CPU; one Run out of it all."""

import os
import time
from collections.abc import Callable
from functools import partial

import msgspec

from profiles.arms import ArmSpec
from profiles.children import in_processes
from profiles.conditions import conditions
from profiles.measure import arm_of
from profiles.process_run import MESSAGES, ProcessFigures, measure_process
from profiles.trace import Trace, draw
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload_model import Workload
from reports import model
from service.core.errors import ConfigError

__all__ = ["Plan", "drawn", "run_bench", "trace_of", "work_of"]


class Plan(msgspec.Struct, frozen=True):
    """What to measure. `serve` is the command that runs the bot; without one, memory and CPU are not measured."""

    arms: tuple[ArmSpec, ...]
    workload: Workload
    seed: int
    minutes: float | None = None
    serve: tuple[str, ...] | None = None


def work_of(plan: Plan, trace: Trace) -> int:
    """How many messages will be sent in all: what a progress bar counts."""
    per_process = min(MESSAGES, len(trace.arrivals)) if plan.serve else 0
    return len(plan.arms) * (len(trace.arrivals) + per_process)


def trace_of(plan: Plan) -> Trace:
    """The messages that drive every arm. Raises ConfigError when there are none."""
    return drawn(plan.workload, plan.seed, plan.minutes)


def drawn(workload: Workload, seed: int, minutes: float | None = None) -> Trace:
    """As `draw`. Raises ConfigError for a trace without a message that would be measured."""
    trace = draw(workload, seed, minutes)
    begin_s = 60 * (workload.restart_at_minutes or 0.0)
    if not any(arrival.at_s >= begin_s for arrival in trace.arrivals):
        raise ConfigError(f"workload {workload.name} has no message in {trace.minutes:g} minutes")
    return trace


def run_bench(plan: Plan, trace: Trace, tick: Callable[[int], None] = lambda _messages: None) -> model.Run:
    """Measures all arms. Virtual runs share the cores; processes are measured one after the other."""
    started_s = time.monotonic()
    runs = _virtual_runs(plan, trace, tick)
    figures = [_process_figures(plan, arm, trace, tick) for arm in plan.arms]
    return model.Run(
        trace=model.Trace(
            digest=trace.digest,
            seed=trace.seed,
            messages=len(runs[0].responses),
            workload=trace.workload,
            minutes=trace.minutes,
        ),
        arms=tuple(arm_of(run, figure) for run, figure in zip(runs, figures, strict=True)),
        conditions=conditions("virtual"),
        wall_s=time.monotonic() - started_s,
    )


def _virtual_runs(plan: Plan, trace: Trace, tick: Callable[[int], None]) -> list[VirtualRun]:
    works = [partial(run_arm, arm, plan.workload, trace) for arm in plan.arms]
    return in_processes(works, tick, at_once=os.cpu_count() or 1)


def _process_figures(plan: Plan, arm: ArmSpec, trace: Trace, tick: Callable[[int], None]) -> ProcessFigures | None:
    return measure_process(arm, trace, plan.serve, tick) if plan.serve else None
