"""What every operation costs in round trips, with and without pipelining."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import pytest

from service.core.messages import Entry, OutboxItem, Text
from service.core.payment_steps import advance
from service.core.payments import PaymentState
from service.core.sessions import Contact, Linking
from service.core.switches import FlagChange
from service.store.cache import RedisCache, RedisStats, RedisUsage
from service.store.commands import Link, Run
from service.store.contacts import RedisContacts
from service.store.flags import RedisFlags
from service.store.inbox import RedisInbox
from service.store.one_by_one import OneByOne
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from service.store.pipelined import Pipelined
from service.store.preparation import prepare
from service.store.sealing import Sealer
from service.store.sessions import RedisSessions
from tests.store.kit import FakeDice, FakeMeter, Nursery, incoming, memory_server, proposal, session

ENTRY = Entry("1-0", "u1", incoming())
ITEM = OutboxItem("1-0:00", "18765550101", Text("one"), "wamid.1")
CONFIRMED = advance(proposal(), PaymentState.CONFIRMED)


class Metered:
    """A link that counts."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.connections = link.connections
        self.round_trips = 0

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        self.round_trips += 1
        return await self._link.ask(commands)


class Cost(NamedTuple):
    operation: Callable[[Run], Awaitable[object]]
    one_by_one: int
    pipelined: int


def inbox(run: Run) -> RedisInbox:
    return RedisInbox(run, FakeDice(), FakeMeter())


def outbox(run: Run) -> RedisOutbox:
    return RedisOutbox(run, FakeDice(), FakeMeter())


def payments(run: Run) -> RedisPayments:
    return RedisPayments(run, FakeDice(), FakeMeter())


def sessions(run: Run) -> RedisSessions:
    return RedisSessions(run, Sealer(b"k" * 32, FakeDice()), payments(run), FakeMeter())


def contacts(run: Run) -> RedisContacts:
    return RedisContacts(run, FakeMeter())


COSTS = {
    "accept a batch": Cost(lambda run: inbox(run).accept([incoming(number) for number in range(9)]), 1, 1),
    "pending": Cost(lambda run: inbox(run).pending(10), 1, 1),
    "finish": Cost(lambda run: outbox(run).finish(ENTRY, [Text("one"), Text("two")]), 1, 1),
    "sent": Cost(lambda run: outbox(run).sent([ITEM, ITEM]), 2, 1),
    "retry": Cost(lambda run: outbox(run).retry(ITEM), 1, 1),
    "nothing to send": Cost(lambda run: outbox(run).pending(10), 1, 1),
    "open": Cost(lambda run: sessions(run).open("nobody"), 3, 1),
    "open with a payment": Cost(lambda run: sessions(run).open("u1"), 4, 2),
    "save a session": Cost(lambda run: sessions(run).save(session("u9")), 1, 1),
    "delete a session": Cost(lambda run: sessions(run).delete(session("u9")), 1, 1),
    "save a linking": Cost(lambda run: sessions(run).save_linking("u9", Linking("+18765550101", 0.0)), 1, 1),
    "find by phone": Cost(lambda run: sessions(run).find_by_phone("+18765550101"), 2, 2),
    "find nobody by phone": Cost(lambda run: sessions(run).find_by_phone("+18765550199"), 1, 1),
    "find by user": Cost(lambda run: sessions(run).find_by_user("u1"), 1, 1),
    "find an account": Cost(lambda run: sessions(run).find_account("account-u1"), 2, 2),
    "propose": Cost(lambda run: payments(run).propose(proposal(7, "u7"), proposal(6, "u7")), 1, 1),
    "get a payment": Cost(lambda run: payments(run).get(proposal().id), 1, 1),
    "move a payment": Cost(lambda run: payments(run).move(proposal(), CONFIRMED), 1, 1),
    "all contacts": Cost(lambda run: contacts(run).all("u1"), 1, 1),
    "find a contact": Cost(lambda run: contacts(run).find("u1", "Bob"), 1, 1),
    "save a contact": Cost(lambda run: contacts(run).save("u1", Contact("Bob", "+18765550102")), 1, 1),
    "remove a contact": Cost(lambda run: contacts(run).remove("u1", "Bob"), 1, 1),
    "get five cached": Cost(lambda run: RedisCache(run).get([f"cache:{n}" for n in range(5)]), 1, 1),
    "set cached": Cost(lambda run: RedisCache(run).set("cache:a", b"x", 10), 1, 1),
    "set cached by generation": Cost(
        lambda run: RedisCache(run).set_if_generation("cache:a", b"x", 10, "acc", None), 1, 1
    ),
    "bump": Cost(lambda run: RedisCache(run).bump("acc", ["cache:a"]), 1, 1),
    "delete cached": Cost(lambda run: RedisCache(run).delete(["cache:a"]), 1, 1),
    "load usage": Cost(lambda run: RedisUsage(run).load(10), 1, 1),
    "save usage": Cost(lambda run: RedisUsage(run).save({"a": 1.0}), 1, 1),
    "publish figures": Cost(lambda run: RedisStats(run).publish("one", {"hits": 1.0}), 2, 1),
    "read flags": Cost(lambda run: RedisFlags(run).read(), 1, 1),
    "write a flag": Cost(lambda run: RedisFlags(run).write(FlagChange(0.0, "3.3", 100.0, "me")), 1, 1),
}


async def measure(operation: Callable[[Run], Awaitable[object]], *, batched: bool) -> int:
    client = memory_server().shared()
    nursery = Nursery()
    link = Metered(client)
    run: Run = Pipelined(link, nursery) if batched else OneByOne(link)
    await prepare(run)
    await sessions(run).save(session())
    await payments(run).propose(proposal())
    before = link.round_trips
    await operation(run)
    await nursery.close()
    await client.close()
    return link.round_trips - before


@pytest.mark.parametrize("name", COSTS)
def test_an_operation_costs_as_many_round_trips_as_stated(name: str) -> None:
    cost = COSTS[name]
    assert asyncio.run(measure(cost.operation, batched=False)) == cost.one_by_one
    assert asyncio.run(measure(cost.operation, batched=True)) == cost.pipelined


def test_different_users_share_round_trips_when_they_come_together() -> None:
    async def everybody(run: Run) -> None:
        await asyncio.gather(*(sessions(run).open(f"user-{number}") for number in range(20)))

    assert asyncio.run(measure(everybody, batched=False)) == 60
    assert asyncio.run(measure(everybody, batched=True)) == 1
