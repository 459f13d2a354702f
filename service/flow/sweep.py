"""Finds accepted messages that nobody works on: after a restart, and after a hand-over that was lost."""

from collections.abc import Callable

from service.core.messages import Entry
from service.ports import Inbox

__all__ = ["SWEEP_EVERY_S", "sweep_inbox"]

SWEEP_EVERY_S = 5.0
_PER_SWEEP = 10_000  # as many as the lanes take


async def sweep_inbox(inbox: Inbox, put: Callable[[Entry], None]) -> None:
    """Offers the oldest unanswered messages to the lanes. Raises StoreError."""
    for entry in await inbox.pending(_PER_SWEEP):
        put(entry)
