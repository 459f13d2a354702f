"""What each message costs is written on its own bill, however their tasks are interleaved."""

import asyncio
from contextvars import copy_context

import httpx

from profiles.bills import Billed, Bills
from service.core.freshness import Namespace
from service.core.queries import Query, ReadingSource

URL = "http://flash.example/graphql"


def test_work_is_billed_to_the_message_in_whose_tasks_it_is_done() -> None:
    bills = Bills()

    async def handle(message_id: str, calls: int) -> None:
        bills.begin(message_id)
        for _ in range(calls):
            await asyncio.sleep(0)
            await asyncio.create_task(beside())

    async def beside() -> None:
        bills.call()

    async def both() -> None:
        await asyncio.gather(handle("a", 3), handle("b", 1))

    asyncio.run(both())
    found = bills.by_command({"a": "send", "b": "balance"})
    assert {command: bill.upstream_calls for command, bill in found.items()} == {"balance": 1, "send": 3}


def test_what_is_done_for_no_message_is_nobodys() -> None:
    bills = Bills()
    bills.store(2)
    assert (bills.nobodys.round_trips, bills.by_command({})) == (2, {})


def test_a_read_that_has_to_be_fresh_is_none_of_the_cache() -> None:
    bills = Bills()

    def handle() -> None:
        bills.begin("a")
        for fresh in (True, False):
            bills.read(Query(Namespace.PRICE, "USD", fresh=fresh))
        bills.answer(ReadingSource.CACHE)

    copy_context().run(handle)
    bill = bills.by_command({"a": "price"})["price"]
    assert (bill.messages, bill.asked, bill.hits) == (1, 1, 1)


def test_only_requests_to_flash_are_told_of() -> None:
    told: list[int] = []
    answer = httpx.MockTransport(lambda _request: httpx.Response(200))
    transport = Billed(answer, URL, lambda: told.append(1))

    async def post() -> None:
        for url in (URL, "http://whatsapp.example/messages"):
            await transport.handle_async_request(httpx.Request("POST", url))

    asyncio.run(post())
    assert told == [1]
