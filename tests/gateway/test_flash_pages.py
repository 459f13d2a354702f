"""All movements of a wallet, page by page, from the simulated Flash that executes the document."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from service.core.errors import NotAuthenticated, TooLarge, UpstreamError, UpstreamUnavailable
from service.core.messages import Document
from service.core.queries import Account, Transaction
from service.gateway.flash_pages import LONG_PAGE_ROWS, PAGE_ROWS, FlashPages
from service.sandbox.world import Person, World
from tests.gateway.house import House, within

NOW_S = 1_800_000_000
EVERY_S = 1_800


def document(house: House) -> Document:
    wallet_id = house.usd_wallet("henry")
    return Document("csv", "henry", house.account("henry").id, wallet_id, 0, NOW_S + 1, "all", "f.csv", "c")


async def read(house: House, account: Account, asked: Document) -> list[Sequence[Transaction]]:
    return [page async for page in FlashPages(house.graphql, house.clock)(account, asked)]


def world_with(rows: int) -> Any:
    return World([Person("henry", "+18765550108", "henry", past_rows=rows)])


async def pages_of(house: House, **period: int) -> list[Sequence[Transaction]]:
    asked = msgspec.structs.replace(document(house), **period)
    return await read(house, house.account("henry"), asked)


def calls(house: House) -> int:
    return house.sandbox.flash.calls["transactions"]


def is_whole(movements: list[Transaction], count: int) -> bool:
    """Whether all movements are there, once each and in order."""
    times = [movement.created_at_s for movement in movements]
    expected = [NOW_S - (place + 1) * EVERY_S for place in range(count)]
    return times == expected and len({movement.id for movement in movements}) == count


def test_every_movement_is_read_once_in_order_and_in_cents() -> None:
    async def act(house: House) -> None:
        pages = await pages_of(house)
        movements = [movement for page in pages for movement in page]
        assert is_whole(movements, 40 * PAGE_ROWS)
        assert {len(page) for page in pages} == {PAGE_ROWS}
        assert calls(house) == 40
        assert [(m.sent, m.amount_cents) for m in movements[:2]] == [(True, 150), (False, 301)]

    within(act, world=world_with(40 * PAGE_ROWS))


@pytest.mark.parametrize("rows", [1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 3 * PAGE_ROWS])
def test_the_last_page_may_be_full_or_not(rows: int) -> None:
    async def act(house: House) -> None:
        assert is_whole([m for page in await pages_of(house) for m in page], rows)
        assert calls(house) == -(-rows // PAGE_ROWS)

    within(act, world=world_with(rows))


def test_a_payment_that_arrives_in_between_moves_nothing() -> None:
    async def act(house: House) -> None:
        pages = FlashPages(house.graphql, house.clock)(house.account("henry"), document(house))
        first = await anext(pages)
        house.sandbox.world.statements.add(msgspec.structs.replace(row_of(house), id="new", created_at_s=NOW_S))
        rest = [movement for page in [page async for page in pages] for movement in page]
        assert is_whole([*first, *rest], 1_200)

    def row_of(house: House) -> Any:
        return house.sandbox.world.statements.newest_first([house.usd_wallet("henry")])[0]

    within(act, world=world_with(1_200))


def test_a_month_ends_the_reading_where_it_begins() -> None:
    async def act(house: House) -> None:
        begin_s, end_s = NOW_S - 2_000 * EVERY_S, NOW_S - 1_000 * EVERY_S
        movements = [m for page in await pages_of(house, begin_s=begin_s, end_s=end_s) for m in page]
        assert [movements[0].created_at_s, movements[-1].created_at_s] == [end_s - EVERY_S, begin_s]
        assert len(movements) == 1_000
        assert calls(house) < 2_000 // PAGE_ROWS + 2

    within(act)


def test_nobody_s_empty_history_is_one_empty_page() -> None:
    async def act(house: House) -> None:
        house.sandbox.world.past_rows.clear()
        asked = msgspec.structs.replace(document(house), end_s=1)
        assert [list(page) for page in await read(house, house.account("henry"), asked)] == [[]]

    within(act)


@pytest.mark.parametrize("rows", [PAGE_ROWS, PAGE_ROWS + 7, LONG_PAGE_ROWS])
def test_a_flash_that_ignores_cursors_is_asked_for_one_long_page(rows: int) -> None:
    async def act(house: House) -> None:
        assert is_whole([m for page in await pages_of(house) for m in page], rows)
        assert calls(house) == (1 if rows == PAGE_ROWS else 3)

    within(act, world=world_with(rows), cursors=False)


def test_what_does_not_fit_into_the_long_page_is_not_left_out_silently() -> None:
    async def act(house: House) -> None:
        with pytest.raises(TooLarge) as caught:
            await pages_of(house)
        assert caught.value.limit == LONG_PAGE_ROWS
        recent = await pages_of(house, begin_s=NOW_S - 2_000 * EVERY_S)
        assert sum(map(len, recent)) == 2_000

    within(act, world=world_with(LONG_PAGE_ROWS + 1), cursors=False)


def test_only_the_account_that_was_promised_is_read() -> None:
    async def act(house: House) -> None:
        mixed_up = Account(house.account("henry").id, house.account("alice").token)
        with pytest.raises(NotAuthenticated):
            await read(house, mixed_up, document(house))
        assert [list(page) for page in await read(house, house.account("alice"), document(house))] == [[]]

    within(act)


def node(place: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"t{place}",
        "direction": "SEND",
        "status": "SUCCESS",
        "createdAt": NOW_S - place,
        "memo": None,
        "settlementAmount": -1.5,
        "settlementCurrency": "USD",
        "settlementDisplayAmount": "-1.50",
        "settlementDisplayCurrency": "USD",
        **fields,
    }


class Scripted:
    """Stands in for GraphQL: gives these pages in turn."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)

    async def execute(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"me": {"defaultAccount": {"id": "acc", "transactions": self.pages.pop(0)}}}


def page(*nodes: dict[str, Any], more: bool, cursor: str | None) -> dict[str, Any]:
    return {"edges": [{"node": each} for each in nodes], "pageInfo": {"hasNextPage": more, "endCursor": cursor}}


@pytest.mark.parametrize(
    "pages",
    [
        (page(node(1), more=True, cursor=None),),
        (page(node(1), more=True, cursor="a"), page(node(2), more=True, cursor="a")),
        ({"edges": []},),
        (page(node(1, settlementAmount="NaN"), more=False, cursor=None),),
        (page(node(1, direction="UP"), more=False, cursor=None),),
    ],
    ids=["no cursor", "a cursor that stands still", "no page info", "no amount", "no direction"],
)
def test_a_page_that_makes_no_sense_is_no_answer(pages: tuple[dict[str, Any], ...]) -> None:
    async def act(house: House) -> None:
        asked = Document("csv", "u", "acc", "w", 0, NOW_S, "all", "f", "c")
        pager = FlashPages(Scripted(*pages), house.clock)  # type: ignore[arg-type]  # the one method that it calls
        with pytest.raises(UpstreamUnavailable):
            assert [each async for each in pager(Account("acc", "t"), asked)] == []

    within(act)


def test_a_list_that_changed_while_a_long_page_was_read_is_tried_again() -> None:
    async def act(house: House) -> None:
        asked = Document("csv", "u", "acc", "w", 0, NOW_S, "all", "f", "c")
        first = page(node(1), more=True, cursor="a")
        pager = FlashPages(Scripted(first, first, page(node(5), more=False, cursor="b")), house.clock)  # type: ignore[arg-type]  # same
        with pytest.raises(UpstreamError, match="changed"):
            assert [len(each) async for each in pager(Account("acc", "t"), asked)] == [1]

    within(act)


def test_movements_in_other_currencies_are_left_out() -> None:
    async def act(house: House) -> None:
        asked = Document("csv", "u", "acc", "w", 0, NOW_S, "all", "f", "c")
        both = page(node(1), node(2, settlementCurrency="BTC"), more=False, cursor="b")
        pager = FlashPages(Scripted(both), house.clock)  # type: ignore[arg-type]  # same
        assert [[m.id for m in each] async for each in pager(Account("acc", "t"), asked)] == [["t1"]]

    within(act)
