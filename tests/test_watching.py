"""Items 6.2 and 6.3 in the wired bot, in virtual time."""

import asyncio

import httpx
import msgspec
import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.experiments import arm_of
from service.core.leaks import WARM_UP_MESSAGES, MemoryReading
from service.core.messages import Incoming
from service.store.experiments import RedisExperiments
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne
from service.wiring.outside import Outside
from tests.store.kit import FakeDice, trial
from tests.test_app import NOW_S, SETTINGS

NUMBERS = [f"1876555{number:04}" for number in range(20)]
PLAN = trial(started_at_s=NOW_S)


class Scene:
    """A started bot with an experiment in its store, and what its upstreams and its memory do."""

    def __init__(self, switches: str) -> None:
        self.settings = msgspec.structs.replace(SETTINGS, pulse_switches=switches)
        self.sent = 0
        self.memory_readings = 0

    def play(self) -> tuple[dict[str, int], int]:
        """Everybody asks for help; exposed users by arm, and measured messages."""
        return run_virtual(self._main, start_unix_s=NOW_S)

    async def _main(self, clock: VirtualClock) -> tuple[dict[str, int], int]:
        simulation = SimRedis(clock, RoundTrip(), FakeDice())
        outside = Outside(
            clock,
            FakeDice(),
            transport=httpx.MockTransport(self._upstream),
            connection=simulation.connection_kwargs(),
            memory=self._memory,
        )
        bot = build(self.settings, outside)
        try:
            return await self._act(bot)
        finally:
            await bot.stop(10)

    async def _act(self, bot: Bot) -> tuple[dict[str, int], int]:
        experiments = RedisExperiments(OneByOne(bot.apart))
        await experiments.begin(PLAN)
        await bot.start()
        await asyncio.sleep(6)
        for number in NUMBERS:
            message = Incoming(f"wamid.{number}", number, None, "text", "help", int(NOW_S), NOW_S + 6)
            await bot.inbox.accept([message])
        await asyncio.sleep(90)
        exposures, records = await experiments.figures("ttl")
        assert await RedisFlags(OneByOne(bot.apart)).read() == {}
        messages = sum(figures.messages for record in records for figures in record.arms.values())
        return {str(arm): count for arm, count in exposures.items()}, messages

    def _upstream(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.facebook.com":
            return httpx.Response(503)
        self.sent += 1
        return httpx.Response(200, json={"messages": [{"id": f"wamid.out{self.sent}"}]})

    def _memory(self, at_s: float, messages: int) -> MemoryReading:
        self.memory_readings += 1
        return MemoryReading(at_s, messages, 0, 0, 0, 0)


def test_users_of_a_running_experiment_are_exposed_and_measured_and_all_are_answered() -> None:
    scene = Scene("+6.3")
    exposures, messages = scene.play()
    assert sum(exposures.values()) == messages == len(NUMBERS) == scene.sent
    assert min(exposures.values()) > 0


def test_without_the_item_nobody_takes_part_and_all_are_answered_too() -> None:
    scene = Scene("-6.3")
    assert scene.play() == ({"off": 0, "on": 0}, 0)
    assert scene.sent == len(NUMBERS)


@pytest.mark.parametrize("switches", ["+6.2", "-6.2"])
def test_memory_is_not_read_before_it_can_mean_anything(switches: str) -> None:
    scene = Scene(switches)
    scene.play()
    assert len(NUMBERS) < WARM_UP_MESSAGES
    assert scene.memory_readings == 0


def test_users_are_in_the_same_arm_in_every_process() -> None:
    """Pinned: another assignment after an update would put users of running experiments into other arms."""
    arms = [arm_of(trial(on_percent=20.0, off_percent=20.0), f"user-{number}") for number in range(12)]
    assert arms == ["on", None, None, None, "off", None, "on", None, None, None, None, None]
