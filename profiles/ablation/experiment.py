"""What is measured for an item: an experiment as data, and the usual way to measure an arm.

To add an item, write an Experiment into the module of its phase. A figure that the bench does not have yet goes into
`profiles.measures`, its name and unit into `reports.metrics`; what the bench cannot measure at all (a real process,
another cost table) is a `measurer` of its own: a function of a module, so that it can run in another process.
"""

from collections.abc import Callable

import msgspec

from profiles.arms import ArmSpec
from profiles.bench import drawn
from profiles.measure import arm_of
from profiles.virtual_run import run_arm
from profiles.workload import load_workload
from reports.measures import figures_of
from reports.verdicts import Claim

__all__ = ["USUAL", "Experiment", "Figures", "Measurer", "Traffic", "in_virtual_time"]

Figures = dict[str, float]
"""Values by the key of their measure."""


class Traffic(msgspec.Struct, frozen=True):
    """A workload, and how many minutes of it; all of them when None."""

    workload: str
    minutes: float | None = None


USUAL = Traffic("reference", 10.0)
"""Ordinary traffic, which was made for no item."""

Measurer = Callable[[ArmSpec, Traffic, int], Figures]
"""Measures an arm under the traffic of a seed. The same arguments give the same figures, unless it is of real time."""


def in_virtual_time(arm: ArmSpec, traffic: Traffic, seed: int) -> Figures:
    """Everything that a bench reports of an arm, exactly. Raises ConfigError."""
    workload = load_workload(traffic.workload)
    return figures_of(arm_of(run_arm(arm, workload, drawn(workload, seed, traffic.minutes)), None))


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """How the claim of an item is put to the test.

    `measure` is the key of the figure that decides, `traffic` what exercises the item; what it does to the traffic
    `elsewhere` is shown and decides nothing. `needs` are the switches without which it does nothing even alone. A
    `real` measurer uses processes and sockets: it runs by itself, `repeats` times in turn for every arm, medians
    count, and effects up to `noise` (a share) are none. `has_alone` is False where the comparison alone would say
    nothing or take too long, `has_arms` where the measurer compares by itself what has to be compared. A measurer
    other than `in_virtual_time` has its own traffic, whatever a plan says.
    """

    item: str
    claim: Claim
    measure: str
    traffic: Traffic = Traffic("reference")
    needs: tuple[str, ...] = ()
    measurer: Measurer = in_virtual_time
    real: bool = False
    repeats: int = 1
    noise: float = 0.0
    elsewhere: tuple[Traffic, ...] = (USUAL,)
    has_alone: bool = True
    has_arms: bool = True
    note: str = ""
