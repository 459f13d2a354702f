"""The end of the process in virtual time: whatever hangs, it is over in time."""

import asyncio
import base64
import dataclasses
import subprocess
from typing import cast

import httpx

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.messages import Incoming
from service.ending import CLOSED_BY_S, DRAINED_BY_S, HTTP_BY_S, STORE_BY_S, Ending
from service.settings import Settings
from service.store import embedded_process
from service.wiring.outside import Outside
from tests.store.kit import FakeDice

NOW_S = 1_750_000_000.0
WITHIN_S = 10.0
SETTINGS = Settings(
    whatsapp_app_secret="app-secret",
    whatsapp_verify_token="verify-token",
    whatsapp_access_token="access-token",
    whatsapp_phone_number_id="15550000000",
    flash_api_key="flash-key",
    pulse_encryption_key=base64.b64encode(bytes(32)).decode(),
    redis_url="redis://simulated",
)


async def never() -> None:
    """Does not end."""
    await asyncio.Event().wait()


class Stubborn:
    """A process that does not end by itself."""

    def __init__(self) -> None:
        self.is_killed = False

    def terminate(self) -> None: ...

    def poll(self) -> int | None:
        return -9 if self.is_killed else None

    def kill(self) -> None:
        self.is_killed = True

    def wait(self) -> int:
        return -9


async def hung_bot(clock: VirtualClock) -> Bot:
    """A bot with a message whose answer WhatsApp never takes, for as long as it is asked."""

    async def hang(_request: httpx.Request) -> httpx.Response:
        await never()
        return httpx.Response(200)

    simulation = SimRedis(clock, RoundTrip(), FakeDice())
    outside = Outside(clock, FakeDice(), transport=httpx.MockTransport(hang), connection=simulation.connection_kwargs())
    bot = build(SETTINGS, outside)
    await bot.inbox.accept([Incoming("wamid.1", "18765550101", None, "text", "price", int(NOW_S), NOW_S)])
    await bot.start()
    await asyncio.sleep(0.1)
    return bot


def test_a_step_has_what_the_ones_before_have_left() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        ending = Ending(clock)
        await asyncio.sleep(100)
        left = [ending.left_s(2.0)]
        await asyncio.sleep(1.5)
        left += [ending.left_s(2.0), ending.left_s(7.0)]
        await asyncio.sleep(30)
        return [*left, ending.left_s(7.0)]

    assert run_virtual(main, start_unix_s=NOW_S) == [2.0, 0.5, 5.5, 0.0]


def test_messages_that_hang_are_left_for_the_next_start() -> None:
    async def main(clock: VirtualClock) -> float:
        bot = await hung_bot(clock)
        began_s = clock.monotonic()
        await bot.stop(3.0)
        return clock.monotonic() - began_s

    assert 3.0 <= run_virtual(main, start_unix_s=NOW_S) < 3.1


def test_everything_hangs_and_the_process_is_gone_within_ten_seconds() -> None:
    """The steps of `serve`, each of which takes all that it is given."""

    async def main(clock: VirtualClock) -> tuple[float, bool]:
        bot = dataclasses.replace(await hung_bot(clock), close=[never])
        server = Stubborn()
        ending = Ending(clock)
        began_s = clock.monotonic()
        await asyncio.sleep(ending.left_s(HTTP_BY_S))
        await bot.stop(ending.left_s(DRAINED_BY_S))
        await asyncio.sleep(ending.left_s(CLOSED_BY_S))
        await embedded_process.stop(cast("subprocess.Popen[bytes]", server), ending.left_s(STORE_BY_S))
        return clock.monotonic() - began_s, server.is_killed

    took_s, is_killed = run_virtual(main, start_unix_s=NOW_S)
    assert is_killed
    assert CLOSED_BY_S < took_s < WITHIN_S
