"""What an earlier day has left in a bot's store: who the senders are, their links and their contacts."""

import asyncio
from collections.abc import Sequence

from profiles.population import Member
from service import switching
from service.bot import Bot
from service.core.messages import Accepted, Entry, Incoming
from service.core.sessions import Contact, Session
from service.ports import Clock
from service.sandbox.world import Person, World
from service.store.preparation import prepare

__all__ = ["IN_FEW_ROUND_TRIPS", "introduce", "people_of"]

_AT_ONCE = 64  # people who are introduced together

IN_FEW_ROUND_TRIPS = frozenset({"3.3"})
"""The switch that makes a preparation quick; what it leaves behind is the same."""


def people_of(population: Sequence[Member]) -> list[Person]:
    """The same people as the sandbox's world takes them."""
    return [
        Person(one.username, one.phone, one.username, one.currency, cents=one.cents, past_rows=one.past_rows)
        for one in population
    ]


async def introduce(bot: Bot, world: World, population: Sequence[Member], clock: Clock) -> None:
    """Leaves it there, through a bot that is not started."""
    with switching.use(IN_FEW_ROUND_TRIPS):
        await prepare(bot.run)
        for first in range(0, len(population), _AT_ONCE):
            await _some(bot, world, population, range(first, first + _AT_ONCE), clock)


async def _some(bot: Bot, world: World, population: Sequence[Member], places: range, clock: Clock) -> None:
    now_s = clock.now()
    known = [(f"earlier-{n}", population[n]) for n in places if n < len(population) and _left_something(population[n])]
    hellos = [Incoming(name, who.sender, who.phone, "text", "hi", int(now_s), now_s) for name, who in known]
    accepted = await bot.inbox.accept(hellos)
    async with asyncio.TaskGroup() as group:
        for (_, member), one in zip(known, accepted, strict=True):
            group.create_task(_remember(bot, world, population, member, one))


def _left_something(member: Member) -> bool:
    return member.linked or bool(member.contacts)


async def _remember(bot: Bot, world: World, population: Sequence[Member], member: Member, accepted: Accepted) -> None:
    if accepted.entry is None:
        raise RuntimeError(f"{member.username} was introduced twice")
    await bot.outbox.finish(Entry(accepted.entry, accepted.user, accepted.message), [])
    if member.linked:
        account = world.accounts.by_phone(member.phone)
        if account is None:
            raise LookupError(f"{member.username} has no account")
        token, now_s = world.token(account), accepted.message.received_at_s
        await bot.sessions.save(
            Session(accepted.user, member.phone, account.id, account.username, token, now_s, account.usd_wallet_id)
        )
    for contact in member.contacts:
        await bot.contacts.save(accepted.user, Contact(contact.name, population[contact.member].phone))
