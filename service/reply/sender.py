"""Replies leave through here: in order for each user, again when WhatsApp did not take them, and never without end.

An item is forgotten by the outbox only after WhatsApp took it or refused it for good. What this process did not get
to forget, or an earlier one left behind, the pump finds in the outbox.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from service.core.errors import ChatError, ChatRefused, DocumentFailed, StoreError
from service.core.messages import Document, OutboxItem, Text
from service.ports import Chat, Clock, Meter, Outbox
from service.reply.phrases import NO_STATEMENT
from service.reply.queues import Queue, Queues

__all__ = ["ADOPT_EVERY_S", "DOCUMENT_ATTEMPTS", "MAX_ATTEMPTS", "RETRY_EVERY_S", "Sender", "backoff_s"]

MAX_ATTEMPTS = 82
"""Attempts at one item, over restarts; with the waits between them they outlast six hours without WhatsApp."""

DOCUMENT_ATTEMPTS = 5
"""After so many a document that cannot be made is given up, within minutes: replies behind it may be about money."""

RETRY_EVERY_S = 1.0
"""How often the pump looks for items whose wait is over."""

ADOPT_EVERY_S = 60.0
"""How often the pump looks into the outbox for items that nobody works on."""

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 300.0
_ADOPTED_AT_ONCE = 1_000
_SENT_AT_ONCE = 16
_DOCUMENTS_AT_ONCE = 4


def backoff_s(attempts: int, retry_after_s: float | None) -> float:
    """How long to wait after this many failures: twice as long each time, and never less than WhatsApp asked for."""
    return max(min(_FIRST_WAIT_S * 2.0 ** (attempts - 1), _LONGEST_WAIT_S), retry_after_s or 0.0)


class Sender:
    """Sends what the outbox holds. `pump` runs for as long as the service does."""

    def __init__(self, *, chat: Chat, outbox: Outbox, meter: Meter, clock: Clock) -> None:
        self._chat = chat
        self._outbox = outbox
        self._meter = meter
        self._clock = clock
        self._queues = Queues()
        self._unforgotten: list[OutboxItem] = []
        self._log = structlog.get_logger("sender")

    @property
    def waiting(self) -> int:
        """How many items are queued in this process."""
        return len(self._queues)

    async def deliver(self, items: Sequence[OutboxItem]) -> None:
        """Sends the items, behind what waits for the same user.

        What fails now is left for the pump, and so is a document with what is behind it: who delivers has a message's
        place among those that are worked on, and a document may take minutes. Raises nothing but cancellation.
        """
        for user in self._queues.add(items):
            await self._drain(user, may_take_long=False)

    def take_up(self, items: Sequence[OutboxItem]) -> None:
        """Has the pump send the items, behind what waits for the same user."""
        self._queues.add(items)

    async def pump(self) -> None:
        """Tries again what failed, and takes up what was left behind, until it is cancelled."""
        adopt_at_s = self._clock.monotonic()
        slots = {False: asyncio.Semaphore(_SENT_AT_ONCE), True: asyncio.Semaphore(_DOCUMENTS_AT_ONCE)}
        retried: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                if self._clock.monotonic() >= adopt_at_s:
                    await self.hurry()
                    adopt_at_s = self._clock.monotonic() + ADOPT_EVERY_S
                self._retry_due(group, slots, retried)
                await self._clock.sleep(RETRY_EVERY_S)

    async def adopt(self) -> None:
        """Queues what is in the outbox and was left behind, ahead of what comes later. Raises StoreError."""
        await self._forget_again()
        self._queues.add(await self._outbox.pending(_ADOPTED_AT_ONCE))

    async def hurry(self) -> None:
        """As `adopt`, and where the store fails the pump comes back to it."""
        try:
            await self.adopt()
        except StoreError:
            self._meter.count("replies", "store_error")

    def _retry_due(self, group: asyncio.TaskGroup, slots: dict[bool, asyncio.Semaphore], retried: set[str]) -> None:
        """Does not wait for what it starts, and documents have slots of their own: they hold up nobody else."""

        async def drain(user: str) -> None:
            try:
                may_take_long = self._queues.begins_with_document(user)
                async with slots[may_take_long]:
                    await self._drain(user, may_take_long=may_take_long)
            finally:
                retried.discard(user)

        for user in self._queues.due(self._clock.monotonic()):
            if user not in retried:
                retried.add(user)
                group.create_task(drain(user))

    async def _drain(self, user: str, *, may_take_long: bool) -> None:
        queue = self._queues.get(user)
        if queue is None or queue.is_draining:
            return
        queue.is_draining = True
        try:
            while queue.items and queue.not_before_s <= self._clock.monotonic():
                if queue.begins_with_document and not may_take_long:
                    break
                await self._send_first(queue)
        finally:
            queue.is_draining = False
            self._queues.prune(user)

    async def _send_first(self, queue: Queue) -> None:
        item = queue.items[0]
        try:
            await self._chat.send(item.to, item.message, item.about)
        except ChatRefused as error:
            self._log.warning("a reply was refused", item=item.id, error=str(error))
            await self._dealt_with(queue, "refused")
        except ChatError as error:
            await self._failed(queue, error)
        except Exception as error:  # noqa: BLE001 - one reply that cannot be sent must not end the sending of all others
            # A document may have met a mistake of ours in its own movements, which no patience mends.
            failure = DocumentFailed if isinstance(item.message, Document) else ChatError
            await self._failed(queue, failure(type(error).__name__))
        else:
            await self._dealt_with(queue, "sent")

    async def _failed(self, queue: Queue, error: ChatError) -> None:
        item = queue.items[0]
        attempts = item.attempts + 1
        self._meter.count("replies", "failed")
        is_unmade = isinstance(error, DocumentFailed)
        if attempts >= (DOCUMENT_ATTEMPTS if is_unmade else MAX_ATTEMPTS):
            self._log.error("a reply is given up", item=item.id, attempts=attempts, error=str(error))
            await (self._explain(queue) if is_unmade else self._dealt_with(queue, "given_up"))
        else:
            # Fewer attempts at a document, and longer waits between them.
            wait_s = backoff_s(2 * attempts if is_unmade else attempts, error.retry_after_s)
            queue.not_before_s = self._clock.monotonic() + wait_s
            queue.items[0] = await self._tried(item)

    async def _explain(self, queue: Queue) -> None:
        """In the document's place the user gets a word, which is from now on what the outbox holds."""
        self._meter.count("replies", "not_made")
        word = Text(NO_STATEMENT["not-made"])
        queue.items[0] = await self._tried(msgspec.structs.replace(queue.items[0], message=word, attempts=0))

    async def _tried(self, item: OutboxItem) -> OutboxItem:
        """The item with one attempt more, which counts in this process also when the store does not answer."""
        try:
            return await self._outbox.retry(item)
        except StoreError:
            self._meter.count("replies", "store_error")
            return msgspec.structs.replace(item, attempts=item.attempts + 1)

    async def _dealt_with(self, queue: Queue, how: str) -> None:
        item = queue.items[0]
        self._meter.count("replies", how)
        queue.done()
        self._unforgotten.append(item)
        await self._forget_again()

    async def _forget_again(self) -> None:
        """Takes what is dealt with out of the outbox; when the store does not answer, the pump tries again."""
        items, self._unforgotten = self._unforgotten, []
        if not items:
            return
        try:
            await self._outbox.sent(items)
        except BaseException as error:
            self._unforgotten += items
            if not isinstance(error, StoreError):
                raise
            self._meter.count("replies", "store_error")
        else:
            self._queues.forget(items)
