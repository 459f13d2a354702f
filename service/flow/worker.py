"""What a lane does with a message: switches, command, outbox, reply."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager

from service.core.messages import Entry, OutboxItem, Outgoing
from service.core.switches import Switches
from service.ports import Clock, Desk, Meter, Outbox

__all__ = ["Worker"]


class Worker:
    """Works on one entry. The reply is durable before it is sent, and the message done only then.

    `apology` is what answers a message that is given up. It may have paid, so it does not ask to try again.
    """

    def __init__(
        self,
        *,
        snapshot: Callable[[str], Switches],
        use: Callable[[Switches], AbstractContextManager[None]],
        desk: Desk,
        apology: Sequence[Outgoing],
        outbox: Outbox,
        deliver: Callable[[Sequence[OutboxItem]], Awaitable[None]],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._snapshot = snapshot
        self._use = use
        self._desk = desk
        self._apology = apology
        self._outbox = outbox
        self._deliver = deliver
        self._clock = clock
        self._meter = meter

    async def __call__(self, entry: Entry) -> None:
        """Answers one message. Raises StoreError: then it stays in the inbox."""
        started = self._clock.monotonic()
        with self._use(self._snapshot(entry.user)):
            self._clock.charge("message")
            replies = await self._desk(entry)
            await self._deliver(await self._outbox.finish(entry, replies))
        self._meter.observe("message_s", self._clock.monotonic() - started)

    async def give_up(self, entry: Entry) -> None:
        """Ends a message that cannot be handled, with an apology. Raises StoreError: then it stays in the inbox."""
        with self._use(self._snapshot(entry.user)):
            await self._deliver(await self._outbox.finish(entry, self._apology))
