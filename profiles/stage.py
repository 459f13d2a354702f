"""The stage of a virtual run: the real bot between a simulated store and simulated upstreams, and its people."""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from profiles.arms import ArmSpec
from profiles.bills import Billed, Bills
from profiles.introduction import IN_FEW_ROUND_TRIPS, introduce, people_of
from profiles.picture import draw_stand_in, speak_stand_in
from profiles.simredis.simulation import SimRedis
from profiles.slow_listener import slow_listeners
from profiles.trace import Trace
from profiles.virtual_clock import SeededDice, VirtualClock
from profiles.virtual_workers import VirtualWorkers
from profiles.workload_model import Workload
from service import switching
from service.app import build
from service.bot import Bot
from service.core.freshness import Namespace
from service.core.queries import Query
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.config import SandboxConfig
from service.sandbox.transport import SandboxTransport
from service.sandbox.whatsapp import Recorded
from service.sandbox.world import World
from service.settings import Settings
from service.store.cache import RedisCache
from service.wiring.outside import Outside

__all__ = ["APP_SECRET", "Stage", "deploy_again", "set_stage"]

APP_SECRET = "bench-app-secret"  # noqa: S105 - of a WhatsApp that exists in memory
_SETTINGS = Settings(
    whatsapp_app_secret=APP_SECRET,
    whatsapp_verify_token="bench-verify-token",  # noqa: S106 - same
    whatsapp_access_token="bench-access-token",  # noqa: S106 - same
    whatsapp_phone_number_id="15550000000",
    whatsapp_api_url="http://whatsapp.sandbox",
    flash_api_url="http://flash.sandbox/graphql",
    flash_api_key="bench-flash-key",
    redis_url="redis://store.sandbox",
    pulse_encryption_key="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)


class Stage(msgspec.Struct, frozen=True):
    """Everything a run drives and reads."""

    bot: Bot
    sandbox: Sandbox
    redis: SimRedis
    clock: VirtualClock
    settings: Settings
    outside: Outside
    dice: SeededDice


async def set_stage(
    arm: ArmSpec,
    workload: Workload,
    trace: Trace,
    clock: VirtualClock,
    *,
    on_read: Callable[[Query, float], None],
    on_forget: Callable[[str, frozenset[Namespace]], None],
    on_store: Callable[[float, int], None],
    on_reply: Callable[[Recorded], None],
    bills: Bills,
) -> Stage:
    """A bot that was deployed a moment ago into a world that has been going on: people are linked, caches are cold.

    The bot is not started yet. What it does for messages is written on `bills`, but for reads and the store.
    """
    dice = SeededDice(trace.seed)
    redis = SimRedis(clock, workload.redis, dice.child("redis"))
    world = World(people_of(trace.population), trace.seed)
    sandbox = build_sandbox(_config(workload, trace.seed), world, clock, on_message=on_reply)
    outside = Outside(
        clock,
        dice.child("bot"),
        transport=Billed(SandboxTransport(sandbox, clock), _SETTINGS.flash_api_url, bills.call),
        connection=redis.connection_kwargs(),
        draw=draw_stand_in,
        speak=speak_stand_in,
        compute=VirtualWorkers(clock),
        on_read=on_read,
        on_forget=on_forget,
        on_store=on_store,
        on_message=bills.begin,
        on_answer=bills.answer,
        listeners=slow_listeners(workload.listener, clock),
    )
    settings = msgspec.structs.replace(
        _SETTINGS,
        pulse_phase=arm.phase,
        pulse_switches=arm.changes,
        pulse_concurrency=workload.core.concurrency,
        pulse_data_dir=Path(tempfile.gettempdir()),
    )
    bot = build(settings, outside)
    await introduce(bot, world, trace.population, clock)
    return Stage(bot, sandbox, redis, clock, settings, outside, dice)


async def deploy_again(stage: Stage) -> Stage:
    """The next process, after the bot was stopped: what is in the store has stayed, but for the caches.

    It is not started yet.
    """
    bot = build(stage.settings, dataclasses.replace(stage.outside, dice=stage.dice.child("bot again")))
    with switching.use(IN_FEW_ROUND_TRIPS):
        await RedisCache(bot.run).clear()
    return msgspec.structs.replace(stage, bot=bot)


def _config(workload: Workload, seed: int) -> SandboxConfig:
    return SandboxConfig(
        app_secret=_SETTINGS.whatsapp_app_secret,
        verify_token=_SETTINGS.whatsapp_verify_token,
        access_token=_SETTINGS.whatsapp_access_token,
        phone_number_id=_SETTINGS.whatsapp_phone_number_id,
        api_key=_SETTINGS.flash_api_key,
        latency=workload.upstream.model(),
        seed=seed,
        moving_prices=workload.moving_prices,
    )
