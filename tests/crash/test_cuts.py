"""The connection to the store breaks at marked points, before a command or before its reply, also at the second try.

Without any switch: commands that shared a round trip would share the fault, and each point is to be met on its own.
"""

import asyncio

import pytest

from tests.crash.phone import Phone
from tests.crash.town import Town, town
from tests.crash.traps import Moment

pytestmark = pytest.mark.real

POINTS = [
    (name, moment, times)
    for name in ("accept", "move:confirmed", "move:intended", "move:settled", "finish")
    for moment in (Moment.BEFORE, Moment.EFFECT)
    for times in (1, 2)
]


async def cut() -> bool:
    """Nothing passes."""
    return False


async def pay_through(here: Town, phone: Phone, point: tuple[str, Moment, int]) -> bool:
    """A payment whose confirmation meets the point so many times; whether it did."""
    name, moment, times = point
    order = await phone.order(here.next_cents())
    phone.about_to_say_yes(order)
    traps = [here.traps.set(name, moment, cut, about=order.marks, nth=1) for _ in range(times)]
    await phone.yes(order)
    return all(trap.has_sprung for trap in traps)


def test_a_broken_connection_at_any_marked_point_of_a_payment(*, thorough: bool) -> None:
    async def scenario() -> tuple[list[bool], list[str]]:
        async with town([f"u{n:03}" for n in range(len(POINTS))], phase=0) as here:
            pairs = zip(here.phones, POINTS, strict=True)
            sprung = await asyncio.gather(*(pay_through(here, phone, point) for phone, point in pairs))
            return sprung, await here.judged(to_the_end=thorough)

    sprung, wrong = asyncio.run(scenario())
    assert all(sprung)
    assert wrong == []
