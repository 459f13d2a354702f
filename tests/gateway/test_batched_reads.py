"""When reads travel together, and what becomes of each when something goes wrong."""

import asyncio
from typing import Any

import httpx
import pytest

from service.core.errors import NotAuthenticated, UpstreamRefused, UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Account, Balance, Price, Query, Reading, ReadingSource
from service.gateway.batched_reads import CAUTION_S, MAX_MEMBERS, BatchedReads
from service.gateway.flash_reads import READ_TIMEOUT_S
from tests.gateway.batches import Scene, all_of, with_server
from tests.gateway.fakes import ANA, BALANCE, BEN, PRICE, PROFILE, START_S, cancelled_after, refuse_to_spawn

ANAS_PRICE = Query(Namespace.PRICE, "USD", carrier=ANA)
ANAS_RATE = Query(Namespace.RATE, "USD", carrier=ANA)
BALANCE_DATA = {"defaultAccount": {"id": ANA.id, "wallets": [{"id": "w", "walletCurrency": "USD", "balance": 700}]}}
PRICE_DATA = {"btcSatPrice": {"base": 5, "offset": 2}}
RATE_DATA = {"usdCentPrice": {"base": 1, "offset": 0}}
GOOD = {"r0": BALANCE_DATA, "r1": PRICE_DATA, "r2": RATE_DATA}
ALONE = {"me": BALANCE_DATA, "realtimePrice": PRICE_DATA | RATE_DATA}


def error(code: str, *path: str | int) -> dict[str, Any]:
    return {"message": code, "extensions": {"code": code}} | ({"path": path} if path else {})


def well(asked: dict[str, Any]) -> dict[str, Any]:
    """Each question is answered."""
    return {"data": GOOD if asked["operationName"] == "batch" else ALONE}


def test_what_a_user_asks_at_the_same_moment_is_one_request() -> None:
    async def act(scene: Scene) -> None:
        balance, price = await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert balance == Reading(Balance(700), START_S, ReadingSource.UPSTREAM)
        assert price == Reading(Price(5, 2), START_S, ReadingSource.UPSTREAM)
        assert scene.server.operations == ["batch"]
        assert scene.server.tokens == [f"Bearer {ANA.token}"]
        assert scene.meter.counts["upstream_calls:batch"] == 1

    with_server(act, well)


def test_a_read_by_itself_is_asked_as_ever() -> None:
    async def act(scene: Scene) -> None:
        await scene.reads(BALANCE)
        assert scene.server.operations == ["balance"]

    with_server(act, well)


def test_what_is_asked_later_is_another_request() -> None:
    async def act(scene: Scene) -> None:
        first = asyncio.ensure_future(scene.reads(BALANCE))
        await scene.clock.sleep(0.05)
        await scene.reads(ANAS_PRICE)
        await first
        assert scene.server.operations == ["balance", "realtimePrice"]

    with_server(act, well)


@pytest.mark.parametrize("other", [BEN, Account(ANA.id, "another")])
def test_two_tokens_never_meet(other: Account) -> None:
    async def act(scene: Scene) -> None:
        await all_of(scene.reads, BALANCE, PRICE, Query(Namespace.BALANCE, account=other))
        assert scene.server.tokens == [f"Bearer {ANA.token}", None, f"Bearer {other.token}"]

    with_server(act, well)


def test_public_reads_of_nobody_in_particular_travel_together_without_a_token() -> None:
    async def act(scene: Scene) -> None:
        await all_of(scene.reads, PRICE, Query(Namespace.RATE, "USD"))
        assert scene.server.operations == ["batch"]
        assert scene.server.tokens == [None]

    with_server(act, lambda _: {"data": {"r0": PRICE_DATA, "r1": RATE_DATA}})


def test_public_reads_of_several_users_travel_together_without_a_token_when_nothing_else_is_asked() -> None:
    async def act(scene: Scene) -> None:
        rate = Query(Namespace.RATE, "USD", carrier=BEN)
        await all_of(scene.reads, ANAS_PRICE, rate)
        assert (scene.server.operations, scene.server.tokens) == (["batch"], [None])

    with_server(act, lambda _: {"data": {"r0": PRICE_DATA, "r1": RATE_DATA}})


def test_public_reads_go_with_their_own_user_where_account_data_are_asked_for_too() -> None:
    async def act(scene: Scene) -> None:
        await all_of(scene.reads, BALANCE, ANAS_PRICE, Query(Namespace.RATE, "USD", carrier=BEN))
        assert scene.server.operations == ["batch", "realtimePrice"]
        assert scene.server.tokens == [f"Bearer {ANA.token}", None]

    with_server(act, lambda asked: well(asked) | {"data": well(asked)["data"] | {"r1": PRICE_DATA}})


def test_a_request_has_a_greatest_size() -> None:
    async def act(scene: Scene) -> None:
        await all_of(scene.reads, *[ANAS_PRICE] * (2 * MAX_MEMBERS + 1))
        assert scene.server.operations == ["batch", "batch", "realtimePrice"]

    with_server(act, lambda asked: well(asked) | {"data": {f"r{n}": PRICE_DATA for n in range(MAX_MEMBERS)} | ALONE})


def test_an_error_with_a_path_belongs_to_the_read_that_it_names() -> None:
    async def act(scene: Scene) -> None:
        balance, price, rate = await all_of(scene.reads, BALANCE, ANAS_PRICE, ANAS_RATE)
        assert isinstance(balance, UpstreamRefused)
        assert (balance.code, balance.operation) == ("LOCKED", "balance")
        assert isinstance(price, Reading)
        assert isinstance(rate, Reading)
        assert scene.server.operations == ["batch"]

    with_server(act, lambda _: {"data": GOOD | {"r0": None}, "errors": [error("LOCKED", "r0", "defaultAccount")]})


def test_data_lost_through_anothers_error_are_asked_for_again() -> None:
    async def act(scene: Scene) -> None:
        balance, price, rate = await all_of(scene.reads, BALANCE, ANAS_PRICE, ANAS_RATE)
        assert isinstance(price, UpstreamRefused)
        assert isinstance(balance, Reading)
        assert balance.value == Balance(700)
        assert balance.fetched_at_s == pytest.approx(START_S + 0.1)
        assert isinstance(rate, Reading)
        assert sorted(scene.server.operations) == ["balance", "batch", "realtimePrice"]
        assert scene.meter.counts["batching:again"] == 2

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        is_batch = asked["operationName"] == "batch"
        return {"data": None, "errors": [error("INVALID_INPUT", "r1")]} if is_batch else well(asked)

    with_server(act, answer)


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, content=b"{"), httpx.Response(409)])
def test_no_usable_answer_fails_all_alike(answer: httpx.Response) -> None:
    async def act(scene: Scene) -> None:
        outcomes = await all_of(scene.reads, BALANCE, ANAS_PRICE, ANAS_RATE)
        assert [type(outcome) for outcome in outcomes] == [UpstreamUnavailable] * 3
        assert len(scene.server.requests) == 1

    with_server(act, lambda _: answer)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("TOO_MANY_REQUEST", UpstreamRefused), ("INTERNAL_SERVER_ERROR", UpstreamUnavailable)],
)
def test_a_server_that_is_busy_or_broken_is_not_asked_again(code: str, kind: type[Exception]) -> None:
    async def act(scene: Scene) -> None:
        outcomes = await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert [type(outcome) for outcome in outcomes] == [kind] * 2
        assert len(scene.server.requests) == 1

    with_server(act, lambda _: {"data": None, "errors": [error(code)]})


def test_a_refused_token_does_not_fail_public_reads() -> None:
    async def act(scene: Scene) -> None:
        balance, price = await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert isinstance(balance, NotAuthenticated)
        assert isinstance(price, Reading)
        assert scene.server.tokens == [f"Bearer {ANA.token}", None]

    with_server(act, lambda asked: httpx.Response(401) if asked["operationName"] == "batch" else well(asked))


def too_complex(asked: dict[str, Any]) -> Any:
    is_batch = asked["operationName"] == "batch"
    refused = {"errors": [{"message": "Query is too complex: 2001. Maximum allowed complexity: 2000"}]}
    return httpx.Response(400, json=refused) if is_batch else well(asked)


def test_a_request_refused_for_its_complexity_is_taken_apart() -> None:
    async def act(scene: Scene) -> None:
        outcomes = await all_of(scene.reads, BALANCE, ANAS_PRICE, ANAS_RATE)
        assert [type(outcome) for outcome in outcomes] == [Reading] * 3
        assert scene.server.operations == ["batch", "balance", "realtimePrice", "realtimePrice"]

    with_server(act, too_complex)


def test_after_such_a_refusal_requests_are_smaller_for_a_while() -> None:
    async def act(scene: Scene) -> None:
        await all_of(scene.reads, BALANCE, ANAS_PRICE)
        scene.server.requests.clear()
        await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert scene.server.operations == ["balance", "realtimePrice"]
        await scene.clock.sleep(CAUTION_S)
        scene.server.requests.clear()
        await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert scene.server.operations[0] == "batch"

    with_server(act, too_complex)


def test_who_leaves_early_harms_nobody() -> None:
    async def act(scene: Scene) -> None:
        price = asyncio.ensure_future(scene.reads(ANAS_PRICE))
        assert await cancelled_after(3, scene.reads(BALANCE))
        assert (await price).value == Price(5, 2)

    with_server(act, lambda _: {"data": {"r0": PRICE_DATA, "r1": BALANCE_DATA}})


def test_nothing_is_asked_when_all_have_left_before() -> None:
    async def act(scene: Scene) -> None:
        assert await cancelled_after(1, scene.reads(BALANCE))
        await scene.tasks.settle()
        assert scene.server.requests == []

    with_server(act, well)


def test_a_read_has_one_time_limit_over_both_attempts() -> None:
    async def act(scene: Scene) -> None:
        scene.server._delay_s = 0.7 * READ_TIMEOUT_S
        began_s = scene.clock.monotonic()
        outcomes = await all_of(scene.reads, BALANCE, ANAS_PRICE)
        assert [type(outcome) for outcome in outcomes] == [UpstreamUnavailable] * 2
        assert scene.clock.monotonic() - began_s == pytest.approx(READ_TIMEOUT_S)

    with_server(act, too_complex)


def test_a_service_that_stops_leaves_nobody_waiting() -> None:
    async def act(scene: Scene) -> None:
        reads = [asyncio.ensure_future(scene.reads(query)) for query in (BALANCE, ANAS_PRICE)]
        await scene.clock.sleep(0.05)
        scene.tasks.all[0].cancel()
        outcomes = await asyncio.gather(*reads, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [UpstreamUnavailable] * 2

    with_server(act, well)


def test_a_batch_that_cannot_be_started_leaves_nothing_behind() -> None:
    async def act(scene: Scene) -> None:
        graphql = scene.reads._graphql
        refused = BatchedReads(scene.reads._alone, graphql, scene.clock, refuse_to_spawn, scene.meter)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="stopping"):
                await refused(PROFILE)
        assert not refused._open

    with_server(act, well)
