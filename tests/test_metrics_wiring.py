"""Item 6.1 joined to everything else: on it measures, off it does not, and no reply knows the difference."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import msgspec

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.messages import Entry, Incoming
from service.core.switches import FlagChange
from service.settings import Settings
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne
from service.wiring.outside import Outside
from tests.edge.kit import chunks, exchange, scope_of
from tests.store.kit import FakeDice
from tests.test_app import NOW_S, SETTINGS

BUCKETED = {"response_s", "chat_s", "store_s", "loop_lag_s"}


class Played:
    """A bot, and the texts that reached WhatsApp."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.counts: dict[tuple[str, str], int] = {}
        self.observed: set[str] = set()
        self.pages: list[tuple[int, str]] = []


def play(settings: Settings, scene: Callable[[Bot, Played], Coroutine[Any, Any, None]]) -> Played:
    played = Played()

    def outside_world(request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.facebook.com":
            return httpx.Response(503)  # Flash, which is down
        played.sent.append(json.dumps(json.loads(request.content), ensure_ascii=False))
        return httpx.Response(200, json={"messages": [{"id": f"wamid.out{len(played.sent)}"}]})

    async def main(clock: VirtualClock) -> None:
        simulation = SimRedis(clock, RoundTrip(), FakeDice())
        outside = Outside(clock, FakeDice(), httpx.MockTransport(outside_world), simulation.connection_kwargs())
        bot = build(settings, outside)
        try:
            await bot.start()
            await scene(bot, played)
        finally:
            await bot.stop(10)
        played.counts = dict(bot.meter.counts)
        played.observed = {name for name, _ in bot.meter.observed}

    run_virtual(main, start_unix_s=NOW_S)
    return played


async def says(bot: Bot, text: str, number: int) -> None:
    message = Incoming(f"wamid.{number}", "18765550101", None, "text", text, int(NOW_S), bot.clock.now())
    for one in await bot.inbox.accept([message]):
        assert one.entry is not None
        bot.lanes.put(Entry(one.entry, one.user, one.message))
    await bot.lanes.idle()


async def looks(bot: Bot, played: Played, host: bytes = b"localhost") -> None:
    scope = scope_of("GET", "/metrics", headers=[(b"host", host)])
    scope["client"] = ("127.0.0.1", 1)
    answer = await exchange(bot.asgi, scope, chunks([b""]))
    played.pages.append((answer.status, answer.body.decode()))


async def talk(bot: Bot, played: Played) -> None:
    for number, text in enumerate(("help", "price", "link", "balance")):
        await says(bot, text, number)
    await asyncio.sleep(5)
    await looks(bot, played)


def with_switches(changes: str) -> Settings:
    return msgspec.structs.replace(SETTINGS, pulse_switches=changes)


def test_on_and_off_say_the_same_and_count_the_same() -> None:
    on, off = (play(with_switches(changes), talk) for changes in ("+6.1", "-6.1"))
    assert on.sent == off.sent
    assert len(off.sent) == 4
    more = {name for name, _ in on.counts.keys() - off.counts.keys()}
    assert more == {"store_commands", "upstream_outcomes", "troubles"}
    assert {key: on.counts[key] for key in off.counts} == off.counts


def test_on_everything_is_observed_and_shown() -> None:
    played = play(with_switches("+6.1"), talk)
    [(status, page)] = played.pages
    assert status == 200
    assert played.observed >= BUCKETED
    for line in (
        'pulse_response_seconds_count{command="help"} 1',
        'pulse_command_troubles_total{reason="flash-unavailable"} ',
        'pulse_upstream_outcomes_total{operation="realtimePrice",outcome="no_answer"} ',
        'pulse_chat_seconds_count{outcome="taken"} 4',
        'pulse_queue_messages{state="waiting"} 0',
        'pulse_breaker_state{breaker="flash",state="closed"} 1',
        "pulse_loop_lag_seconds_count ",
        "pulse_tasks ",
    ):
        assert line in page


def test_off_nothing_more_is_observed_than_ever_and_nothing_is_shown() -> None:
    played = play(with_switches("-6.1"), talk)
    [(status, page)] = played.pages
    assert (status, "pulse_" in page) == (404, False)
    assert played.observed == {"message_s", "upstream_s"}


def test_it_is_switched_live() -> None:
    async def scene(bot: Bot, played: Played) -> None:
        flags = RedisFlags(OneByOne(bot.apart))
        for number, percent in enumerate((0.0, 100.0, 0.0, 100.0)):
            await flags.write(FlagChange(bot.clock.now(), "6.1", percent, "ann"))
            await asyncio.sleep(5)
            await says(bot, "help", number)
            await looks(bot, played)

    played = play(with_switches("-6.1"), scene)
    assert [status for status, _ in played.pages] == [404, 200, 404, 200]
    counted = [
        f'pulse_response_seconds_count{{command="help"}} {n}' in page for n, (_, page) in enumerate(played.pages)
    ]
    assert counted == [False, True, False, False]
    assert 'pulse_response_seconds_count{command="help"} 2' in played.pages[3][1]
    assert 'pulse_commands_total{command="help"} 4' in played.pages[3][1]
    assert len(set(played.sent)) == len(played.sent) == 4


def test_it_is_not_shown_to_others() -> None:
    async def scene(bot: Bot, played: Played) -> None:
        await looks(bot, played, host=b"pulse.example.com")

    assert play(with_switches("+6.1"), scene).pages[0][0] == 403
