"""Item 4.1's claim: with the bus, a listener that blocks reaches no reply. Virtual time, so the figures are exact."""

from collections.abc import Sequence

import msgspec

from profiles.arms import ArmSpec, phase_arm
from profiles.trace import draw
from profiles.virtual_clock import SeededDice, VirtualClock
from profiles.virtual_run import VirtualRun, run_arm
from profiles.workload import load_workload
from service.core.events import Event, PaymentSent
from service.ports import Listener

__all__ = ["BLOCK_S", "SHARE", "ListenerFigures", "beside_a_listener", "slow_listener"]

BLOCK_S = 10.0
"""How long the listener takes when it is slow."""

SHARE = 0.5
"""Of the payments that it hears of, how many find it slow."""

_BEFORE = 3  # the phase without the bus


class ListenerFigures(msgspec.Struct, frozen=True):
    """One arm. `moved` are the movements of money, which no arm may change."""

    response_ms_mean: float
    response_ms_p99: float
    response_ms_max: float
    answered: int
    blocked: int
    moved: int


def slow_listener(
    workload: str = "reference", seed: int = 1, minutes: float | None = None
) -> dict[str, ListenerFigures]:
    """The figures of 4.1 "off" and "on", and of "on" with no slow listener, which "on" should not differ from ("none").

    The trace is the same in all, and the listener blocks for the same payments. Raises ConfigError and WorkloadError.
    """
    arms = (("off", "", SHARE), ("on", "+4.1", SHARE), ("none", "+4.1", 0.0))
    return {
        name: beside_a_listener(phase_arm(_BEFORE, changes), share, workload, seed, minutes)
        for name, changes, share in arms
    }


def beside_a_listener(arm: ArmSpec, share: float, workload: str, seed: int, minutes: float | None) -> ListenerFigures:
    """One arm, with a listener that is slow for this share of the payments. Raises ConfigError and WorkloadError."""
    model = load_workload(workload)
    blocked: list[str] = []

    def listeners(clock: VirtualClock) -> Sequence[Listener]:
        async def hear(event: Event) -> None:
            """By the payment, not by the order in which events come: both arms have the same luck."""
            if isinstance(event, PaymentSent) and SeededDice(event.payment).uniform() < share:
                blocked.append(event.payment)
                await clock.sleep(BLOCK_S)

        return (Listener("slow", (PaymentSent,), hear),)

    run = run_arm(arm, model, draw(model, seed, minutes), listeners=listeners)
    return _figures(run, len(blocked))


def _figures(run: VirtualRun, blocked: int) -> ListenerFigures:
    times = sorted(one.response_ms for one in run.responses if one.response_ms is not None)
    return ListenerFigures(
        response_ms_mean=round(sum(times) / len(times), 3),
        response_ms_p99=times[min(len(times) - 1, int(0.99 * len(times)))],
        response_ms_max=times[-1],
        answered=len(times),
        blocked=blocked,
        moved=len(run.movements),
    )
