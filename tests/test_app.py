import asyncio
import base64
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.messages import Incoming
from service.core.switches import FlagChange
from service.settings import Settings
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne
from service.wiring.outside import Outside
from tests.store.kit import FakeDice

NOW_S = 1_750_000_000.0
SETTINGS = Settings(
    whatsapp_app_secret="app-secret",
    whatsapp_verify_token="verify-token",
    whatsapp_access_token="access-token",
    whatsapp_phone_number_id="15550000000",
    flash_api_key="flash-key",
    pulse_encryption_key=base64.b64encode(bytes(32)).decode(),
    redis_url="redis://simulated",
)


def play(scene: Callable[[Bot], Awaitable[None]]) -> list[str]:
    """The texts that reached WhatsApp while the scene was played on a bot that is not started yet."""
    sent: list[str] = []

    def outside_world(request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.facebook.com":
            return httpx.Response(503)  # Flash, which is down
        sent.append(json.dumps(json.loads(request.content), ensure_ascii=False))
        return httpx.Response(200, json={"messages": [{"id": f"wamid.out{len(sent)}"}]})

    async def main(clock: VirtualClock) -> None:
        simulation = SimRedis(clock, RoundTrip(), FakeDice())
        transport = httpx.MockTransport(outside_world)
        outside = Outside(clock, FakeDice(), transport=transport, connection=simulation.connection_kwargs())
        bot = build(SETTINGS, outside)
        try:
            await scene(bot)
        finally:
            await bot.stop(10)

    run_virtual(main, start_unix_s=NOW_S)
    return sent


def test_a_message_that_an_earlier_run_accepted_is_answered_once() -> None:
    async def scene(bot: Bot) -> None:
        await bot.inbox.accept([Incoming("wamid.1", "18765550101", None, "text", "help", int(NOW_S), NOW_S)])
        await bot.start()
        await asyncio.sleep(60)
        assert await bot.inbox.pending(10) == []
        assert await bot.outbox.pending(10) == []

    [reply] = play(scene)
    assert "18765550101" in reply
    assert "link" in reply


@pytest.mark.parametrize(("switched_off", "warms"), [(None, True), ("3.1", False), ("3.2", False)])
def test_warming_needs_the_cache_that_it_warms(switched_off: str | None, *, warms: bool) -> None:
    async def scene(bot: Bot) -> None:
        if switched_off:
            await RedisFlags(OneByOne(bot.apart)).write(FlagChange(NOW_S, switched_off, 0.0, "ann"))
        await bot.start()
        await asyncio.sleep(5)
        assert bot.housekeeping.warmer._is_on() is warms

    play(scene)
