"""Under load the bot or its store is killed at random moments; the seed is `--crash-seed`."""

import asyncio
from random import Random

import pytest

from tests.crash.storm import NAMES, storm
from tests.crash.town import town

pytestmark = pytest.mark.real


def test_kills_of_the_bot_under_load(rounds: int, dice: Random, *, thorough: bool) -> None:
    async def scenario() -> list[str]:
        async with town(NAMES) as here:

            async def hurt() -> None:
                here.bot.kill()
                await here.bot.start()

            await storm(here, dice, rounds, hurt)
            assert any(order.yes_id for order in here.seen().orders)
            return await here.judged(to_the_end=thorough)

    assert asyncio.run(scenario()) == []


def test_kills_of_the_store_under_load(few_rounds: int, dice: Random, *, thorough: bool) -> None:
    """While it is away the webhook answers 503; when it has read its file, everything goes on without hands."""

    async def scenario() -> tuple[list[str], dict[int, int]]:
        async with town(NAMES) as here:

            async def hurt() -> None:
                here.valkey.kill()
                assert await here.phones[0].try_to_say("help") == 503
                await here.valkey.start()
                await here.recovered()

            await storm(here, dice, few_rounds, hurt)
            return await here.judged(to_the_end=thorough), here.courier.statuses

    wrong, statuses = asyncio.run(scenario())
    assert wrong == []
    assert statuses.keys() == {200, 503}
