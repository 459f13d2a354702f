"""The bot is killed at marked points of a payment, started again, and everything is as promised."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.crash.phone import PATIENCE_S, Phone
from tests.crash.town import Town, town
from tests.crash.traps import Moment

pytestmark = pytest.mark.real

B, E, A = Moment
POINTS = [
    [(name, moment)]
    for name in ("accept", "move:confirmed", "move:intended", "pay", "move:settled", "finish", "whatsapp")
    for moment in Moment
]


async def pay_through(here: Town, phone: Phone, kills: list[tuple[str, Moment]]) -> None:
    """A payment whose confirmation meets these points, one after the other; the bot is killed at each."""
    order = await phone.order(here.next_cents())
    await here.quiet()
    phone.about_to_say_yes(order)
    trap = here.traps.set(*kills[0], here.bot.killed, about=order.marks)
    answer = asyncio.create_task(phone.yes(order))
    for next_kill in [*kills[1:], None]:
        async with asyncio.timeout(PATIENCE_S):
            await trap.sprung.wait()
        if next_kill is not None:
            trap = here.traps.set(*next_kill, here.bot.killed)
            await here.bot.try_start()
    await here.bot.start()
    await answer


def test_a_kill_at_any_marked_point_of_a_payment() -> None:
    async def scenario() -> list[str]:
        names = [f"u{n:03}" for n in range(len(POINTS))]
        async with town(names) as here:
            for phone, kills in zip(here.phones, POINTS, strict=True):
                await pay_through(here, phone, kills)
            return await here.judged()

    assert asyncio.run(scenario()) == []
