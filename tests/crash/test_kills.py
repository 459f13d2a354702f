"""The bot is killed at marked points of a payment, started again, and everything is as promised."""

import asyncio

import pytest

from service.sandbox.behaviour import Fate
from tests.crash.history import word_of
from tests.crash.phone import Phone
from tests.crash.town import Town, town
from tests.crash.traps import Moment

pytestmark = pytest.mark.real

BEFORE, EFFECT, AFTER = Moment
PATH = ("accept", "move:confirmed", "move:intended", "pay", "move:settled", "finish", "whatsapp", "hdel")
AGAIN = [("script", BEFORE), ("move:unknown", BEFORE), ("move:unknown", EFFECT), ("xrange", BEFORE), ("finish", EFFECT)]
POINTS = [*([(name, moment)] for name in PATH for moment in Moment), *([("pay", EFFECT), again] for again in AGAIN)]
"""The path of a confirmation; and a second kill while the next process starts."""

LOOKUP = [
    ("flash:books", BEFORE),
    ("flash:bookEntry", EFFECT),
    ("move:settled", BEFORE),
    ("move:settled", EFFECT),
    ("whatsapp", EFFECT),
]
"""The path of payments of which nobody heard the end, and which are found in the books.

Sending again comes two minutes later at the earliest, which is left to virtual time.
"""


IN_THE_SUITE = [point for point in POINTS if EFFECT in point[0]] + [[("whatsapp", BEFORE)]]

REPEATS = {"whatsapp", "hdel"}
"""A kill while an answer is sent may make it arrive twice: WhatsApp takes no idempotency key."""


PAYERS = 3 * len(LOOKUP)
"""A kill may come when others of them are just being decided, too; there have to be some that are left."""


async def pay_through(here: Town, phone: Phone, kills: list[tuple[str, Moment]]) -> list[str]:
    """A payment whose confirmation meets these points, one after the other; the bot is killed at each.

    What the user was told in the same words again, though nothing explains it.
    """
    order = await phone.order(here.next_cents())
    await here.quiet()
    phone.about_to_say_yes(order)
    about = (b"",) if kills[0][0] == "hdel" else order.marks  # what takes an answer out of the outbox says neither
    trap = here.traps.set(*kills[0], here.bot.killed, about=about)
    answer = asyncio.create_task(phone.yes(order))
    for next_kill in [*kills[1:], None]:
        await trap.wait()
        if next_kill is not None:
            trap = here.traps.set(*next_kill, here.bot.killed)
            await here.bot.try_start()
    await here.bot.start()
    await answer
    await here.quiet()
    texts = [answer.text for answer in here.replies.by_id[str(order.yes_id)]]
    return [] if {name for name, _ in kills} & REPEATS else texts[1:]


def test_a_kill_at_any_marked_point_of_a_payment(*, thorough: bool) -> None:
    points = POINTS if thorough else IN_THE_SUITE

    async def scenario() -> list[str]:
        async with town([f"u{n:03}" for n in range(len(points))]) as here:
            repeated = []
            for phone, kills in zip(here.phones, points, strict=True):
                repeated += await pay_through(here, phone, kills)
            return [*repeated, *await here.judged(to_the_end=thorough)]

    assert asyncio.run(scenario()) == []


def test_a_kill_at_any_marked_point_of_a_lookup(*, thorough: bool) -> None:
    async def scenario() -> list[str]:
        async with town([f"u{n:03}" for n in range(PAYERS)]) as here:
            here.sandbox.fates.push(*[Fate.ERROR_AFTER] * PAYERS)
            orders = [await phone.order(here.next_cents()) for phone in here.phones]
            for phone, order in zip(here.phones, orders, strict=True):
                assert word_of((await phone.yes(order)).text) == "open"
            for kill in LOOKUP:
                await here.traps.set(*kill, here.bot.killed).wait()
                await here.bot.start()
            return await here.judged(to_the_end=thorough)

    assert asyncio.run(scenario()) == []
