from collections.abc import Callable

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.freshness import Namespace
from service.core.queries import Query
from service.gateway.usage import HALF_LIFE_S, WARMABLE, Usage
from tests.gateway.fakes import ANA, BALANCE, PRICE, START_S, long_ttl, virtual

RATE = Query(Namespace.RATE, "USD")


def price(currency: str) -> Query:
    return Query(Namespace.PRICE, currency)


def usage_after(act: Callable[[Usage], None], limit: int = 10) -> Usage:
    async def main(clock: VirtualClock) -> Usage:
        usage = Usage(clock, limit)
        act(usage)
        return usage

    return virtual(main)


def test_the_most_used_come_first() -> None:
    def act(usage: Usage) -> None:
        for query in (PRICE, RATE, RATE):
            usage.note(query)

    assert usage_after(act).most_used(5) == [RATE.key, PRICE.key]


def test_uses_of_long_ago_weigh_less() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        usage = Usage(clock)
        for _ in range(3):
            usage.note(PRICE)
        await clock.sleep(2 * HALF_LIFE_S)
        usage.note(RATE)
        return usage.most_used(2)

    assert virtual(main) == [RATE.key, PRICE.key]


def test_a_weight_is_the_logarithm_of_the_decayed_count() -> None:
    def act(usage: Usage) -> None:
        for _ in range(8):
            usage.note(PRICE)

    assert usage_after(act).unsaved()[PRICE.key] == pytest.approx(START_S / HALF_LIFE_S + 3)


def test_balances_and_transactions_are_not_warmable() -> None:
    assert frozenset(Namespace) - {Namespace.BALANCE, Namespace.TRANSACTIONS} == WARMABLE
    assert usage_after(lambda usage: usage.note(BALANCE)).most_used(5) == []


def test_beyond_its_limit_it_keeps_the_more_used_half() -> None:
    def act(usage: Usage) -> None:
        for number in range(11):
            for _ in range(2 if number < 5 else 1):
                usage.note(price(f"C{number}"))

    usage = usage_after(act)
    assert usage.most_used(99) == [price(f"C{number}").key for number in (0, 1, 2, 3, 4, 10)]
    assert len(usage.unsaved()) == 6


def test_repeated_are_those_used_twice_within_their_ttl() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        usage = Usage(clock)
        usage.note(PRICE)
        usage.note(RATE)
        await clock.sleep(1_000)  # longer than the TTL of a price, shorter than that of a rate
        for query in (PRICE, RATE, price("JMD")):
            usage.note(query)
        return usage.repeated(5, long_ttl)

    assert virtual(main) == [RATE.key]


def test_restored_keys_rank_but_do_not_count_as_used() -> None:
    usage = usage_after(lambda usage: usage.restore([(RATE.key, 500.0), (PRICE.key, 400.0)]))
    assert usage.most_used(5) == [RATE.key, PRICE.key]
    assert usage.repeated(5, long_ttl) == []
    assert usage.unsaved() == {}


@pytest.mark.parametrize(
    "key", ["", "price", "session:u1:x", "balance:acc:", "profile:-:", "price:acc:USD", "profile:acc:x"]
)
def test_keys_that_cannot_be_warmed_are_not_restored(key: str) -> None:
    assert usage_after(lambda usage: usage.restore([(key, 1.0), (PRICE.key, float("nan"))])).most_used(5) == []


def test_an_accounts_profile_is_restored() -> None:
    key = Query(Namespace.PROFILE, account=ANA).key
    assert usage_after(lambda usage: usage.restore([(key, 1.0)])).most_used(5) == [key]


def test_what_is_saved_is_not_saved_again() -> None:
    def act(usage: Usage) -> None:
        usage.note(PRICE)
        usage.note(RATE)
        weights = usage.unsaved()
        usage.note(RATE)
        usage.saved(weights)

    assert list(usage_after(act).unsaved()) == [RATE.key]


def test_a_dropped_key_is_saved_as_nothing() -> None:
    def act(usage: Usage) -> None:
        usage.note(PRICE)
        usage.drop(PRICE.key)

    usage = usage_after(act)
    assert usage.most_used(5) == []
    assert usage.unsaved() == {PRICE.key: 0.0}
