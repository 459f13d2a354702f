"""Users who pay and ask at the same time, while something is done to the bot or its store again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from tests.crash.phone import Phone
from tests.crash.town import Town

__all__ = ["NAMES", "storm"]

NAMES = tuple(f"storm{n}" for n in range(6))
_QUESTIONS = ("balance", "history", "price", "help", "username")
_PAUSE_S = 0.3
"""Between a user's turns at most: who pays ten times a second is not found in the first hundred of Flash's entries."""


async def storm(here: Town, dice: Random, rounds: int, hurt: Callable[[], Awaitable[None]]) -> None:
    """Traffic by all users; `hurt` does one harm and heals it. Returns when every user has got their last answer."""
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for phone in here.phones:
            group.create_task(_live(here, phone, Random(dice.random()), is_over))
        for _ in range(rounds):
            await asyncio.sleep(dice.uniform(0.02, 0.5))
            await hurt()
        is_over.set()


async def _live(here: Town, phone: Phone, dice: Random, is_over: asyncio.Event) -> None:
    while not is_over.is_set():
        await asyncio.sleep(dice.uniform(0.0, _PAUSE_S))
        if dice.random() < 0.5:
            await phone.yes(await phone.order(here.next_cents()))
        else:
            asked = [await phone.say(dice.choice(_QUESTIONS)) for _ in range(dice.randint(1, 4))]
            for message_id in asked:
                await phone.answer_to(message_id)
