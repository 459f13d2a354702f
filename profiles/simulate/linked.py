"""What an earlier day has left in the store: everybody is linked, and has saved a contact."""

import asyncio
from functools import lru_cache

from openfeature import api

from profiles.round_trip import RoundTrip
from profiles.simredis.keyspace import Snapshot
from profiles.simredis.simulation import SimRedis
from profiles.simulate.clocks import TrueClock
from profiles.simulate.crashing_loop import CrashingLoop, run_crashing
from profiles.simulate.people import Somebody, everybody
from profiles.virtual_clock import SeededDice
from service import switching
from service.app import build
from service.bot import Bot
from service.core.messages import Entry, Incoming
from service.core.sessions import Contact, Session
from service.sandbox.world import World
from service.settings import Settings
from service.store.preparation import prepare
from service.wiring.outside import Outside

__all__ = ["SETTINGS", "linked_store", "world_of"]

SETTINGS = Settings(
    whatsapp_app_secret="sim-app-secret",  # noqa: S106 - of a WhatsApp that exists in memory
    whatsapp_verify_token="sim-verify-token",  # noqa: S106 - same
    whatsapp_access_token="sim-access-token",  # noqa: S106 - same
    whatsapp_phone_number_id="15550000000",
    whatsapp_api_url="http://whatsapp.sandbox",
    flash_api_url="http://flash.sandbox/graphql",
    flash_api_key="sim-flash-key",
    redis_url="redis://store.sandbox",
    pulse_encryption_key="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)


def world_of(people: tuple[Somebody, ...], seed: int) -> World:
    """Everybody at the simulated Flash."""
    return World((one.person for one in people), seed)


@lru_cache(maxsize=4)
def linked_store(count: int) -> Snapshot:
    """The store's data when `everybody(count)` is linked: the same for all worlds, so it is made once."""

    async def main(loop: CrashingLoop) -> Snapshot:
        clock = TrueClock(loop)
        redis = SimRedis(clock, RoundTrip(), SeededDice("linked/redis"))
        bot = build(SETTINGS, Outside(clock, SeededDice("linked/bot"), connection=redis.connection_kwargs()))
        people = everybody(count)
        with switching.use(frozenset()):
            await prepare(bot.run)
            for one in people:
                await _introduce(bot, one, people, world_of(people, 0), clock.now())
        await bot.stop(0)
        return redis.data.databases[0].snapshot()

    snapshot = run_crashing(main)
    api.clear_providers()
    return snapshot


async def _introduce(bot: Bot, one: Somebody, people: tuple[Somebody, ...], world: World, now_s: float) -> None:
    hello = Incoming(f"earlier-{one.number}", one.wa_id, one.phone, "text", "hi", int(now_s), now_s)
    [accepted] = await bot.inbox.accept([hello])
    account = world.accounts.by_phone(one.phone)
    if accepted.entry is None or account is None:
        raise LookupError(f"{one.username} cannot be introduced")
    await bot.outbox.finish(Entry(accepted.entry, accepted.user, hello), [])
    token = world.token(account)
    wallet = account.usd_wallet_id
    await bot.sessions.save(Session(accepted.user, one.phone, account.id, account.username, token, now_s, wallet))
    await bot.contacts.save(accepted.user, Contact(one.contact, people[one.knows].phone))
    await asyncio.sleep(0)
