"""Merged reads against the simulated Flash: each is answered as if it had gone alone."""

from itertools import combinations, combinations_with_replacement

import pytest

from service.core.errors import NotAuthenticated, UpstreamRefused
from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import Account, Query, Reading, Recipient
from service.gateway.batched_reads import BatchedReads
from tests.gateway.batches import all_of, kinds_of
from tests.gateway.fakes import Tally, Tasks
from tests.gateway.house import House, within


def batching(house: House) -> BatchedReads:
    return BatchedReads(house.reads, house.graphql, house.clock, Tasks(), Tally())


def calls(house: House) -> int:
    """HTTP requests, by the client's own meter."""
    return sum(count for name, count in house.meter.counts.items() if name.startswith("upstream_calls:"))


@pytest.mark.parametrize("pair", list(combinations_with_replacement(Namespace, 2)), ids="-".join)
def test_every_pair_of_reads_is_one_request_with_the_answers_of_two(pair: tuple[Namespace, Namespace]) -> None:
    async def act(house: House) -> None:
        kinds = {query.namespace: query for query in kinds_of(house.account("alice"))}
        queries = [kinds[namespace] for namespace in pair]
        alone = [(await house.reads(query)).value for query in queries]
        before = calls(house)
        together = await all_of(batching(house), *queries)
        assert [reading.value for reading in together if isinstance(reading, Reading)] == alone
        assert calls(house) - before == 1

    within(act)


def test_all_kinds_together_are_one_request() -> None:
    async def act(house: House) -> None:
        queries = kinds_of(house.account("alice"))
        alone = [(await house.reads(query)).value for query in queries]
        before = calls(house)
        together = await all_of(batching(house), *queries)
        assert [reading.value for reading in together if isinstance(reading, Reading)] == alone
        assert calls(house) - before == 1

    within(act)


@pytest.mark.parametrize("pair", list(combinations(sorted(ACCOUNT_SCOPED), 2)), ids="-".join)
def test_two_users_are_two_requests(pair: tuple[Namespace, Namespace]) -> None:
    async def act(house: House) -> None:
        alice, bob = house.account("alice"), house.account("bob")
        queries = [Query(kind, account=account) for account in (alice, bob) for kind in pair]
        alone = [(await house.reads(query)).value for query in queries]
        before = calls(house)
        together = await all_of(batching(house), *queries)
        assert [reading.value for reading in together if isinstance(reading, Reading)] == alone
        assert calls(house) - before == 2

    within(act)


@pytest.mark.parametrize("companion", list(Namespace))
def test_a_read_that_fails_harms_no_other(companion: Namespace) -> None:
    """Neither a refused currency nor an unknown name may be null in the schema: both take all data with them."""

    async def act(house: House) -> None:
        alice = house.account("alice")
        [other] = [query for query in kinds_of(alice) if query.namespace is companion]
        bad = Query(Namespace.PRICE, "XXX", carrier=alice)
        nobody = Query(Namespace.RECIPIENT, "nobody_at_all", carrier=alice)
        refused, found, good = await all_of(batching(house), bad, nobody, other)
        assert isinstance(refused, UpstreamRefused)
        assert (refused.code, refused.operation) == ("INVALID_INPUT", "realtimePrice")
        assert isinstance(found, Reading)
        assert found.value == Recipient(None)
        assert isinstance(good, Reading)
        assert good.value == (await house.reads(other)).value

    within(act)


def test_a_token_that_is_not_accepted_fails_what_needs_one_and_nothing_else() -> None:
    async def act(house: House) -> None:
        stranger = Account(house.account("alice").id, "expired")
        outcomes = await all_of(batching(house), *kinds_of(stranger))
        for query, outcome in zip(kinds_of(stranger), outcomes, strict=True):
            expected = NotAuthenticated if query.namespace in ACCOUNT_SCOPED else Reading
            assert isinstance(outcome, expected)

    within(act)


def test_data_of_another_account_than_was_asked_about_are_shown_to_nobody() -> None:
    async def act(house: House) -> None:
        mixed = Account(house.account("alice").id, house.account("bob").token)
        queries = [Query(kind, account=mixed) for kind in sorted(ACCOUNT_SCOPED)]
        outcomes = await all_of(batching(house), *queries)
        assert [type(outcome) for outcome in outcomes] == [NotAuthenticated] * 3

    within(act)
