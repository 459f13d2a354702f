import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.commands import CommandType, Parsed
from service.core.errors import ChatError, ChatRefused
from service.core.messages import Entry, Incoming, Outgoing, Text
from service.core.requests import Request
from service.core.results import HelpShown, Result, Trouble
from service.core.sessions import Conversation
from service.observe.meter import MemoryMeter, Observed
from service.observe.response_times import MAX_OPEN, ResponseTimes

START_S = 1_750_000_000.0
REPLY = Text("hello")


class Scene:
    """A desk that takes 2 s, commands that give `result`, and a WhatsApp that takes 1 s."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.meter = MemoryMeter()
        self.command: CommandType | None = CommandType.HELP
        self.result: Result = HelpShown(None, linked=False)
        self.replies: Sequence[Outgoing] = [REPLY]
        self.trouble: Exception | None = None
        times = ResponseTimes(clock, self.meter)
        self.desk = times.around_desk(self._desk)
        self.run = times.around_run(self._run)
        self.hand = times.around_send(self)

    async def _desk(self, entry: Entry) -> Sequence[Outgoing]:
        await self.clock.sleep(2)
        if self.command is not None:
            nobody = Conversation(None, None, None)
            await self.run(Request(entry.message, entry.user, Parsed(self.command), nobody, START_S))
        return self.replies

    async def _run(self, request: Request) -> Result:
        return self.result

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        await self.clock.sleep(1)
        if self.trouble is not None:
            raise self.trouble
        return "wamid.out"

    async def reply(self, about: str = "m1") -> None:
        await self.hand("18765550101", REPLY, about)

    async def work(self, message_id: str = "m1") -> None:
        message = Incoming(message_id, "18765550101", None, "text", "help", int(START_S), START_S)
        await self.desk(Entry("e", "u", message))

    def responses(self) -> dict[str, Observed]:
        return {label: seen for (name, label), seen in self.meter.observed.items() if name == "response_s"}


def play(scene: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    async def main(clock: VirtualClock) -> Scene:
        stage = Scene(clock)
        await scene(stage)
        return stage

    return run_virtual(main, start_unix_s=START_S)


def test_a_response_takes_from_acceptance_until_whatsapp_has_the_reply() -> None:
    async def scene(stage: Scene) -> None:
        await stage.work()
        assert stage.responses() == {}
        await stage.reply()

    stage = play(scene)
    assert stage.responses() == {"help": Observed(1, 3.0, 3.0)}
    assert stage.meter.observed["chat_s", "taken"] == Observed(1, 1.0, 1.0)


def test_of_several_replies_the_last_one_counts() -> None:
    async def scene(stage: Scene) -> None:
        stage.replies = [REPLY, REPLY]
        await stage.work()
        await stage.reply()
        await stage.reply()
        await stage.reply()  # once more, after a restart: not again

    assert play(scene).responses() == {"help": Observed(1, 4.0, 4.0)}


def test_a_reply_that_whatsapp_takes_later_counts_with_the_wait() -> None:
    async def scene(stage: Scene) -> None:
        await stage.work()
        stage.trouble = ChatError("away")
        with pytest.raises(ChatError):
            await stage.reply()
        stage.trouble = None
        await stage.clock.sleep(60)
        await stage.reply()

    stage = play(scene)
    assert stage.responses() == {"help": Observed(1, 64.0, 64.0)}
    assert stage.meter.observed["chat_s", "failed"].count == 1


def test_a_reply_that_is_refused_has_no_response_time() -> None:
    async def scene(stage: Scene) -> None:
        await stage.work()
        stage.trouble = ChatRefused("no")
        with pytest.raises(ChatRefused):
            await stage.reply()
        stage.trouble = None
        await stage.reply()

    stage = play(scene)
    assert stage.responses() == {}
    assert stage.meter.observed["chat_s", "refused"].count == 1


def test_what_is_no_command_has_a_label_of_its_own() -> None:
    async def scene(stage: Scene) -> None:
        stage.command = None
        await stage.work()
        await stage.reply()

    assert set(play(scene).responses()) == {"unsupported"}


def test_a_reply_to_nothing_that_was_seen_is_not_observed() -> None:
    async def scene(stage: Scene) -> None:
        await stage.reply("of an earlier process")

    assert play(scene).responses() == {}


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    async def scene(stage: Scene) -> None:
        message = Incoming("m1", "1", None, "text", "help", int(START_S), START_S + 3_600)
        await stage.desk(Entry("e", "u", message))
        await stage.reply()

    assert play(scene).responses() == {"help": Observed(1, 0.0, 0.0)}


def test_an_apology_is_counted_by_its_reason() -> None:
    async def scene(stage: Scene) -> None:
        stage.result = Trouble("flash-unavailable")
        await stage.work()

    assert play(scene).meter.counts == {("troubles", "flash-unavailable"): 1}


def test_what_is_kept_is_bounded() -> None:
    async def scene(stage: Scene) -> None:
        async with asyncio.TaskGroup() as group:
            for n in range(MAX_OPEN + 1):
                group.create_task(stage.work(f"m{n}"))
        await stage.reply("m0")
        assert stage.responses() == {}
        await stage.reply("m1")

    assert play(scene).responses()["help"].count == 1
