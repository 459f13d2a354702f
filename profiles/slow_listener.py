"""A listener of events that is as slow as a workload says (item 4.1)."""

from profiles.virtual_clock import SeededDice, VirtualClock
from profiles.workload_strain import SlowListener
from service.core.events import Event, PaymentSent
from service.ports import Listener

__all__ = ["slow_listeners"]


def slow_listeners(slow: SlowListener, clock: VirtualClock) -> tuple[Listener, ...]:
    """One that waits for its share of the payments; none without a share."""
    if not slow.share:
        return ()

    async def hear(event: Event) -> None:
        """By the payment, not by the order in which events come: all arms have the same luck."""
        if isinstance(event, PaymentSent) and SeededDice(event.payment).uniform() < slow.share:
            await clock.sleep(slow.waits_s)

    return (Listener("slow", (PaymentSent,), hear),)
