"""The bot is asked to end while it works: it is gone in time, and the next process finishes what it has left."""

import asyncio
from random import Random

import pytest

from service.sandbox.behaviour import Fate
from tests.crash.storm import NAMES, storm
from tests.crash.town import eventually, town

pytestmark = pytest.mark.real

GENEROUS_S = 25.0
"""More than it may take, and less than the 30 s that it would wait for Flash; the limit has a test in virtual time."""


def test_the_end_under_load(few_rounds: int, dice: Random, *, thorough: bool) -> None:
    async def scenario() -> tuple[list[int], list[str]]:
        codes = []
        async with town(NAMES) as here:

            async def hurt() -> None:
                codes.append(await here.bot.stop(GENEROUS_S))
                assert await here.phones[0].try_to_say("help") == 0
                await here.bot.start()

            await storm(here, dice, few_rounds, hurt)
            return codes, await here.judged(to_the_end=thorough)

    codes, wrong = asyncio.run(scenario())
    assert wrong == []
    assert set(codes) == {0}


def test_a_payment_that_flash_does_not_answer_does_not_hold_up_the_end(*, thorough: bool) -> None:
    async def scenario() -> tuple[int, list[str]]:
        async with town(NAMES[:1]) as here:
            [phone] = here.phones
            here.sandbox.fates.push(Fate.TIMEOUT_AFTER)
            order = await phone.order(here.next_cents())
            answer = asyncio.create_task(phone.yes(order))
            await eventually(lambda: bool(here.seen().effects), "no money has moved")
            code = await here.bot.stop(GENEROUS_S)
            await here.bot.start()
            await answer
            return code, await here.judged(to_the_end=thorough)

    assert asyncio.run(scenario()) == (0, [])
