"""The same trace on both clocks."""

from collections.abc import Callable

import msgspec

from profiles.conditions import conditions
from profiles.live.bench import LivePlan, run_live
from profiles.live.virtual import in_virtual_time
from profiles.measure import arm_of
from profiles.virtual_run import VirtualRun
from profiles.workload_model import Workload
from reports import model

__all__ = ["run_both"]


def run_both(plan: LivePlan, tick: Callable[[int], None] = lambda _sent: None) -> tuple[model.Run, model.Run]:
    """The arms in virtual time, then in real time: with the same switches, messages, people and upstreams."""
    runs = in_virtual_time(plan)
    real = run_live(plan, tick, runs)
    virtual = model.Run(
        trace=real.trace,
        arms=tuple(_with_assumptions(run, plan.workload) for run in runs),
        conditions=conditions("virtual"),
    )
    return virtual, real


def _with_assumptions(run: VirtualRun, workload: Workload) -> model.Arm:
    """The arm with what virtual time takes for given, to stand beside what was measured: round trips and CPU time."""
    arm = arm_of(run, None)
    cpu_ms = sum(run.charged_ms.values()) / len(run.responses)
    return msgspec.structs.replace(
        arm,
        metrics=msgspec.structs.replace(arm.metrics, cpu_ms_per_message=cpu_ms),
        measures=arm.measures | {"redis_round_trip_ms": workload.redis.rtt_ms},
    )
