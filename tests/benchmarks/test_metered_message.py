"""What item 6.1 costs a message: everything that it decorates, around ports that do nothing.

The difference between the two is the whole cost but for loop lag, which is four timers a second. Held against the CPU
of a message (`pulse bench`), it is the share that is too small to be seen between two processes.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from service.clocks import SystemClock
from service.core.commands import CommandType, Parsed
from service.core.messages import Entry, Incoming, Outgoing, Text
from service.core.requests import Request
from service.core.results import HelpShown, Result
from service.core.sessions import Conversation
from service.core.switches import Switches
from service.store.commands import packed
from service.wiring.metrics import Metrics

ROUND_TRIPS = 8
"""More than a message of the reference workload makes in any phase with batching."""

MESSAGE = Incoming("wamid.1", "18765550101", None, "text", "help", 1_750_000_000, 1_750_000_000.0)
NOBODY = Conversation(None, None, None)


class Nothing:
    """A link, a chat and a command in one, none of which does anything."""

    connections = 1

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        return []

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        return "wamid.out"

    async def run(self, request: Request) -> Result:
        return HelpShown(None, linked=False)


@pytest.mark.parametrize("is_on", [False, True], ids=["off", "on"])
def test_a_message(benchmark: BenchmarkFixture, *, is_on: bool) -> None:
    switches: Switches = frozenset({"6.1"}) if is_on else frozenset()
    metrics, nothing, replies = Metrics(SystemClock(), lambda: switches), Nothing(), [Text("hello")]
    link, chat, run = metrics.link(nothing, "pooled"), metrics.chat(nothing), metrics.commands(nothing.run)
    request, heard = Request(MESSAGE, "u", Parsed(CommandType.HELP), NOBODY, 0.0), metrics.heard

    async def answer(_entry: Entry) -> list[Text]:
        for _ in range(ROUND_TRIPS):
            await link.ask([packed(("GET", "a"))])
        await run(request)
        metrics.meter.observe("upstream_s", 0.1, "me")
        heard("me", "answered")
        return replies

    desk = metrics.desk(answer)

    async def message() -> None:
        await desk(Entry("e", "u", MESSAGE))
        await chat.send("18765550101", replies[0], MESSAGE.id)
        metrics.meter.observe("message_s", 0.1)

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        benchmark(lambda: loop.run_until_complete(message()))
    assert metrics.memory.observed["message_s", ""].count > 0
    assert (("response_s", "help") in metrics.memory.observed) is is_on
