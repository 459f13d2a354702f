"""Puts the people of a trace into a store before the bot starts: `python -m profiles.live.introduction < town.json`."""

import sys

import msgspec
import uvloop

from profiles.introduction import introduce, people_of
from profiles.population import Member
from profiles.processes import SECRETS
from service.app import build
from service.clocks import SystemClock, SystemDice
from service.sandbox.world import World
from service.settings import Settings
from service.wiring.outside import Outside

__all__ = ["Town", "main"]

_SETTLED_S = 5.0


class Town(msgspec.Struct, frozen=True):
    """Who lives there, and the store of the bot that knows them."""

    store_url: str
    seed: int
    population: tuple[Member, ...]


def main() -> None:
    """Reads a town and introduces its people."""
    uvloop.run(_introduce(msgspec.json.decode(sys.stdin.buffer.read(), type=Town)))


async def _introduce(town: Town) -> None:
    secrets = {name.lower(): value for name, value in SECRETS.items()}
    settings = msgspec.convert({**secrets, "redis_url": town.store_url}, Settings)
    clock = SystemClock()
    bot = build(settings, Outside(clock, SystemDice()))
    try:
        await introduce(bot, World(people_of(town.population), town.seed), town.population, clock)
    finally:
        await bot.stop(_SETTLED_S)


if __name__ == "__main__":
    main()
