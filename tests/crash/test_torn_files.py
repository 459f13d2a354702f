"""The store is killed in the middle of a write, and the end of its file that nobody was told of is torn off."""

import asyncio
from random import Random

import pytest

from tests.crash.storm import NAMES, storm
from tests.crash.town import eventually, town
from tests.crash.traps import Moment

pytestmark = pytest.mark.real

WRITES = ("accept", "propose", "move:confirmed", "move:intended", "move:settled", "finish")


def test_nothing_that_was_acknowledged_is_lost_with_the_end_of_the_file(
    few_rounds: int, dice: Random, *, thorough: bool
) -> None:
    async def scenario() -> tuple[list[str], list[int]]:
        lost_bytes = []
        async with town(NAMES) as here:

            async def killed() -> bool:
                here.valkey.kill()
                return False

            async def hurt() -> None:
                name = dice.choice(WRITES)
                await here.traps.set(name, Moment.EFFECT, killed).wait()
                await eventually(lambda: here.proxy.under_way == 0, "replies are on their way")
                lost_bytes.append(here.valkey.cut_tail(dice))
                await here.valkey.start()
                await here.recovered()

            await storm(here, dice, few_rounds, hurt)
            return await here.judged(to_the_end=thorough), lost_bytes

    wrong, lost_bytes = asyncio.run(scenario())
    assert wrong == []
    assert min(lost_bytes) > 0
