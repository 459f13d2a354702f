"""The highest rate that holds an SLO, in virtual time: exact for its seed, on a core of a given speed."""

from collections.abc import Callable, Sequence

from profiles.arms import ArmSpec
from profiles.conditions import conditions
from profiles.experiments.overload import response_times
from profiles.rate_search import bracket, search
from profiles.workload import load_workload
from reports.capacity import Capacity, Trial
from reports.slo import Limit, judge

__all__ = ["DOUBLINGS", "HALVINGS", "virtual_capacity"]

DOUBLINGS = 11
HALVINGS = 4
"""The gap between the rate that holds and the one that fails is at most a sixteenth of the lower one."""


def virtual_capacity(
    arm: ArmSpec,
    limits: Sequence[Limit],
    *,
    seed: int,
    first: float,
    workload_name: str = "overload",
    told: Callable[[Trial], None] = lambda _trial: None,
) -> Capacity:
    """Searches from the rate `first`; `told` hears of each trial. Raises ConfigError for a workload there is not."""
    workload = load_workload(workload_name)
    trials: list[Trial] = []

    def holds(rate: float) -> bool:
        trials.append(Trial(rate=rate, outcome=judge(limits, response_times(arm, workload, seed, rate))))
        told(trials[-1])
        return trials[-1].outcome.held

    found = search(bracket(first, DOUBLINGS, HALVINGS), holds)
    note = (
        f"workload {workload.name}, on a simulated core that is {workload.core.slowdown:g} times slower than the "
        "modelled one: rates compare arms with each other, and are none of this machine"
    )
    return Capacity(
        target=arm.name,
        slo=",".join(limit.text for limit in limits),
        clock="virtual",
        seed=seed,
        bracket=found,
        trials=tuple(trials),
        workload=workload.name,
        people=workload.users.count,
        notes=(note,),
        conditions=conditions("virtual"),
    )
