"""The store's disk is full: nothing is acknowledged and nothing paid; when there is room again, all goes on."""

import asyncio
from random import Random

import pytest

from tests.crash.small_disk import SmallDisk, small_disk
from tests.crash.storm import NAMES, storm
from tests.crash.town import Town, eventually, town

pytestmark = pytest.mark.real

MOST_ROUNDS = 3
"""With more of them the store's own file would fill the disk."""


async def fill_and_free(here: Town, disk: SmallDisk) -> None:
    """A server that cannot sync what it is to answer ends; it is started again when there is room."""
    disk.fill()
    await eventually(lambda: not here.valkey.is_running, "the server still runs")
    await eventually(lambda: here.proxy.under_way == 0, "replies are on their way")
    for phone in here.phones:
        assert await phone.try_to_say("yes") == 503
    assert here.sent_unrecorded() <= 0
    disk.free()
    await here.valkey.start()
    await here.recovered()


def test_a_full_disk_stops_payments_before_they_are_sent(few_rounds: int, dice: Random, *, thorough: bool) -> None:
    async def scenario(disk: SmallDisk) -> list[str]:
        async with town(NAMES, data_dir=disk.place / "valkey") as here:
            await storm(here, dice, min(few_rounds, MOST_ROUNDS), lambda: fill_and_free(here, disk))
            return await here.judged(to_the_end=thorough)

    with small_disk() as disk:
        assert asyncio.run(scenario(disk)) == []
