import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from profiles.virtual_clock import DEFAULT_COSTS, VirtualClock
from service.core.errors import StoreUnavailable
from service.core.messages import Entry, OutboxItem, Outgoing, Text
from service.core.switches import Switches
from service.flow.worker import Worker
from service.observe.meter import MemoryMeter, Observed
from service.switching import is_active, use
from tests.flow.kit import entry, virtually

KEYS = ("1.1", "1.2")


class Diary:
    """A desk, an outbox and a sender that write down what happens, and which switches act then."""

    def __init__(self, **errors: Exception) -> None:
        self.lines: list[str] = []
        self.errors = errors
        self.meter = MemoryMeter()
        self.replies: list[Outgoing] = []

    async def desk(self, item: Entry) -> Sequence[Outgoing]:
        await self._note("desk", item.id)
        return [Text("hello")]

    async def finish(self, item: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        await self._note("finish", item.id)
        self.replies = list(replies)
        return [OutboxItem(f"{item.id}:0", item.message.sender, reply, item.message.id) for reply in replies]

    async def add(self, item: OutboxItem) -> bool:
        raise AssertionError("the listeners' business")

    async def sent(self, items: Sequence[OutboxItem]) -> None:
        raise AssertionError("the sender's business")

    async def retry(self, item: OutboxItem) -> OutboxItem:
        raise AssertionError("the sender's business")

    async def pending(self, limit: int) -> list[OutboxItem]:
        raise AssertionError("the sender's business")

    async def deliver(self, items: Sequence[OutboxItem]) -> None:
        await self._note("deliver", ",".join(item.id for item in items))

    def snapshot(self, user: str) -> Switches:
        self.lines.append(f"snapshot {user}")
        return frozenset({"1.1"})

    def work(self, *items: Entry, give_up: bool = False) -> None:
        async def main(clock: VirtualClock) -> None:
            worker = Worker(
                snapshot=self.snapshot,
                use=use,
                desk=self.desk,
                apology=[Text("sorry")],
                too_busy=[Text("too busy")],
                outbox=self,
                deliver=self.deliver,
                clock=clock,
                meter=self.meter,
            )
            for item in items:
                await (worker.give_up(item) if give_up else worker(item))
            self.lines.append(f"after {_active()}")

        virtually(main)

    async def _note(self, step: str, what: Any) -> None:
        self.lines.append(f"{step} {what} {_active()}")
        await asyncio.sleep(1)
        if step in self.errors:
            raise self.errors[step]


def _active() -> str:
    return ",".join(key for key in KEYS if is_active(key)) or "-"


def test_the_reply_is_durable_before_it_is_sent_and_the_users_switches_act_all_the_while() -> None:
    diary = Diary()
    diary.work(entry("7"))
    assert diary.lines == ["snapshot ann", "desk 7 1.1", "finish 7 1.1", "deliver 7:0 1.1", "after -"]


def test_the_switches_are_looked_up_once_for_each_message() -> None:
    diary = Diary()
    diary.work(entry("7", "ann"), entry("8", "bob"))
    assert [line for line in diary.lines if line.startswith("snapshot")] == ["snapshot ann", "snapshot bob"]


@pytest.mark.parametrize(("step", "reached"), [("desk", ["desk"]), ("finish", ["desk", "finish"])])
def test_when_the_store_fails_nothing_is_sent(step: str, reached: list[str]) -> None:
    diary = Diary(**{step: StoreUnavailable("down")})
    with pytest.raises(StoreUnavailable):
        diary.work(entry("7"))
    assert [line.split()[0] for line in diary.lines[1:]] == reached


def test_the_time_of_an_answered_message_is_observed() -> None:
    diary = Diary()
    diary.work(entry("7"))
    seconds = 3.0 + DEFAULT_COSTS.seconds("message")  # three steps of a second, and the work between them
    assert diary.meter.observed == {("message_s", ""): Observed(1, seconds, seconds)}


def test_a_message_that_is_given_up_ends_with_an_apology_and_is_not_handled() -> None:
    diary = Diary()
    diary.work(entry("7"), give_up=True)
    assert diary.lines == ["snapshot ann", "finish 7 1.1", "deliver 7:0 1.1", "after -"]
    assert diary.replies == [Text("sorry")]
