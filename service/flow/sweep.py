"""Finds accepted messages that nobody works on: after a restart, and after a hand-over that was lost."""

from collections.abc import Awaitable, Callable

from service.flow.intake import Intake
from service.flow.lanes import Lanes
from service.ports import Inbox

__all__ = ["SWEEP_EVERY_S", "SWEEP_PAUSE_S", "sweep_inbox"]

SWEEP_EVERY_S = 5.0

SWEEP_PAUSE_S = 0.25
"""After a sweep that a doubt has called for, before the next such one."""

_PER_SWEEP = 10_000  # as many as the lanes take


async def sweep_inbox(inbox: Inbox, intake: Intake, lanes: Lanes, adopt: Callable[[], Awaitable[None]]) -> None:
    """Offers the oldest unanswered messages to the lanes. Raises StoreError.

    A message that the store failed and that does not wait any more was answered without anybody hearing of it: `adopt`
    takes up its answer, which comes before those to the messages that have waited for it.
    """
    halted, doubts = lanes.halted(), intake.doubts()
    entries = await inbox.pending(_PER_SWEEP)
    done = halted.difference(entry.id for entry in entries)
    if done:
        await adopt()
    lanes.release(done)
    for entry in entries:
        lanes.put(entry)
    intake.clear(doubts)
