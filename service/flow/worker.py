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
    `too_busy` is what answers one that is shed: it says that nothing was done.
    """

    def __init__(
        self,
        *,
        snapshot: Callable[[str], Switches],
        use: Callable[[Switches], AbstractContextManager[None]],
        desk: Desk,
        apology: Sequence[Outgoing],
        too_busy: Sequence[Outgoing],
        outbox: Outbox,
        deliver: Callable[[Sequence[OutboxItem]], Awaitable[None]],
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._snapshot = snapshot
        self._use = use
        self._desk = desk
        self._apology = apology
        self._too_busy = too_busy
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
        await self._answer(entry, self._apology)

    async def shed(self, entry: Entry) -> None:
        """Answers a message that nobody has begun, without handling it. Raises StoreError: then it stays in the inbox.

        It is as durable as any other answer, and asks nothing of Flash.
        """
        self._clock.charge("shed")
        await self._answer(entry, self._too_busy)

    async def _answer(self, entry: Entry, replies: Sequence[Outgoing]) -> None:
        with self._use(self._snapshot(entry.user)):
            await self._deliver(await self._outbox.finish(entry, replies))
