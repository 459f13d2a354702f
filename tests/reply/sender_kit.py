"""A sender with a fake chat and a fake outbox, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import msgspec

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.errors import StoreUnavailable
from service.core.messages import Document, Entry, OutboxItem, Outgoing, Text
from service.observe.meter import MemoryMeter
from service.reply.phrases import NO_STATEMENT
from service.reply.sender import Sender

SEND_S = 0.1


def item(name: str, to: str = "ann") -> OutboxItem:
    """A reply that says its own name."""
    return OutboxItem(name, to, Text(name), f"about {name}")


def document(name: str, to: str = "ann") -> OutboxItem:
    """The same as a file."""
    return OutboxItem(name, to, Document("csv", to, "acc", "wallet", 0, 1, "all", name, "c"), f"about {name}")


class FakeChat:
    """Implements Chat: takes a tenth of a second; `failures` are raised in turn, by the text of the message."""

    def __init__(self, clock: VirtualClock) -> None:
        self.sent: list[str] = []
        self.tries: list[tuple[str, float]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.takes_s: dict[str, float] = {}
        self.under_way: set[str] = set()
        self._clock = clock

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        assert isinstance(message, Text | Document)
        name = message.body if isinstance(message, Text) else message.filename
        assert about == f"about {name}" or name == NO_STATEMENT["not-made"]
        assert to not in self.under_way, "two items of one user at the same time"
        self.under_way.add(to)
        try:
            self.tries.append((name, self._clock.monotonic()))
            await asyncio.sleep(self.takes_s.get(name, SEND_S))
            if self.failures.get(name):
                raise self.failures[name].pop(0)
            self.sent.append(name)
        finally:
            self.under_way.discard(to)
        return f"wamid.{name}"


class FakeOutbox:
    """Implements Outbox: what is in it, and how often it fails to answer."""

    def __init__(self, *items: OutboxItem) -> None:
        self.items = {each.id: each for each in items}
        self.sent_calls: list[list[str]] = []
        self.sent_fails = 0
        self.pending_fails = 0
        self.retry_fails = 0
        self.pending_takes_s = 0.0

    async def finish(self, entry: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        raise AssertionError("not the sender's business")

    async def add(self, item: OutboxItem) -> bool:
        raise AssertionError("not the sender's business")

    async def sent(self, items: Sequence[OutboxItem]) -> None:
        if self.sent_fails:
            self.sent_fails -= 1
            raise StoreUnavailable("gone")
        self.sent_calls.append([each.id for each in items])
        for each in items:
            self.items.pop(each.id, None)

    async def retry(self, item: OutboxItem) -> OutboxItem:
        if self.retry_fails:
            self.retry_fails -= 1
            raise StoreUnavailable("gone")
        tried = msgspec.structs.replace(item, attempts=item.attempts + 1)
        if item.id in self.items:
            self.items[item.id] = tried
        return tried

    async def pending(self, limit: int) -> list[OutboxItem]:
        if self.pending_fails:
            self.pending_fails -= 1
            raise StoreUnavailable("gone")
        found = list(self.items.values())[:limit]
        await asyncio.sleep(self.pending_takes_s)
        return found


class Scene:
    """A sender with its fakes; `pump` runs from `start` to the end of the scene."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.chat = FakeChat(clock)
        self.outbox = FakeOutbox()
        self.meter = MemoryMeter()
        self.sender = Sender(chat=self.chat, outbox=self.outbox, meter=self.meter, clock=clock)
        self._pump: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._pump = asyncio.get_running_loop().create_task(self.sender.pump())

    async def stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump

    async def deliver(self, *items: OutboxItem) -> None:
        """As the worker does: the items are in the outbox before they are delivered."""
        self.outbox.items |= {each.id: each for each in items}
        await self.sender.deliver(items)

    def tried(self, name: str) -> list[float]:
        """When the item was tried, to a tenth of a second."""
        return [round(at, 1) for each, at in self.chat.tries if each == name]


def scene(play: Callable[[Scene], Awaitable[None]]) -> Scene:
    """The scene after it was played."""

    async def main(clock: VirtualClock) -> Scene:
        stage = Scene(clock)
        try:
            await play(stage)
        finally:
            await stage.stop()
        return stage

    return run_virtual(main, start_unix_s=0.0)
