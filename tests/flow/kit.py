"""Entries, fakes and virtual time for the tests of the flow."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.messages import Accepted, Entry, Incoming
from service.core.payments import Payment, PaymentState, Target
from service.core.sessions import Conversation, Session
from service.flow.lanes import Enter, Lanes, Work
from service.flow.nursery import Nursery
from service.flow.queue import straight
from service.flow.turns import Turns
from service.observe.meter import MemoryMeter

T = TypeVar("T")

NOW_S = 1_750_000_000.0
NOBODY = Conversation(None, None, None)
ANN = Session("ann", "+18765550001", "acc_ann", "ann", "token", NOW_S)


def virtually(main: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """Runs `main` in virtual time."""
    return run_virtual(main, start_unix_s=NOW_S)


def incoming(text: str = "balance", **changes: Any) -> Incoming:
    """A message that has just come in."""
    fields: dict[str, Any] = {
        "id": "wamid.1",
        "sender": "18765550001",
        "phone": "+18765550001",
        "kind": "text",
        "text": text,
        "sent_at_s": int(NOW_S),
        "received_at_s": NOW_S,
        **changes,
    }
    return Incoming(**fields)


def entry(name: str = "1", user: str = "ann", **message: Any) -> Entry:
    """An accepted message, by the id of its entry."""
    return Entry(name, user, incoming(id=f"wamid.{name}", **message))


def payment(state: PaymentState = PaymentState.PROPOSED, proposed_at_s: float = NOW_S) -> Payment:
    """A payment of Ann to Bob."""
    target = Target("wallet", "@bob", "wallet_bob")
    return Payment("pay1", "ann", "acc_ann", "wallet_ann", target, 500, None, proposed_at_s, state)


def unqueued(work: Work) -> Enter:
    """Every entry is worked on at once."""

    async def ready(_: Entry) -> Work:
        return work

    return straight(ready)


class FakeInbox:
    """Implements Inbox: what waits in it, or why it cannot be read."""

    def __init__(self, *waiting: Entry) -> None:
        self.waiting = list(waiting)
        self.error: Exception | None = None

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        raise AssertionError("nothing is accepted here")

    async def pending(self, limit: int) -> list[Entry]:
        if self.error is not None:
            raise self.error
        return self.waiting[:limit]


class Workshop:
    """Lanes over work that takes a while and may fail, and what was seen of it.

    `log` has ">1" where entry 1 was begun, "<1" where it was finished and "!1" where it was given up; `failures` are
    raised once each, and so is what is `hopeless`, when it is given up; `when_given_up` is called then.
    """

    def __init__(self, *, takes_s: float = 1.0) -> None:
        self.meter = MemoryMeter()
        self.nursery = Nursery(self.meter)
        self.lanes = Lanes(unqueued(self._work), self._give_up, self.nursery, self.meter, Turns())
        self.log: list[str] = []
        self.failures: dict[str, Exception] = {}
        self.always_fails: dict[str, Exception] = {}
        self.hopeless: dict[str, Exception] = {}
        self.when_given_up: Callable[[], None] = lambda: None
        self.at_work = 0
        self.most_at_work = 0
        self._takes_s = takes_s

    async def _work(self, item: Entry) -> None:
        self.log.append(f">{item.id}")
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            await asyncio.sleep(self._takes_s)
        finally:
            self.at_work -= 1
        if item.id in self.failures:
            raise self.failures.pop(item.id)
        if item.id in self.always_fails:
            raise self.always_fails[item.id]
        self.log.append(f"<{item.id}")

    async def _give_up(self, item: Entry) -> None:
        self.log.append(f"!{item.id}")
        self.when_given_up()
        if item.id in self.hopeless:
            raise self.hopeless.pop(item.id)

    async def offer(self, *entries: Entry) -> None:
        """Offers entries in this order and waits until nothing is left to do."""
        for item in entries:
            self.lanes.put(item)
        await self.lanes.idle()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of entries that are done with."""
        return not (self.lanes._lanes or self.lanes._known or self.nursery._tasks)
