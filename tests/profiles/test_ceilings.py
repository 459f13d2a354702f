"""Limits of a cache: against the closed formulas for Poisson reads, and by trying everything on tiny traces."""

import math
import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.ceilings import Invalidation, Read, batched_floor, best_by_namespace, best_hit_rate, single_flight_floor

TTL = {"price": 30.0}
TIMES = st.lists(st.integers(0, 12), max_size=7)


def poisson(rate: float, count: int, seed: int) -> list[Read]:
    dice, at_s, reads = random.Random(seed), 0.0, []
    for _ in range(count):
        at_s += dice.expovariate(rate)
        reads.append(Read("price", "k", at_s))
    return reads


def at(*times: float, key: str = "k") -> list[Read]:
    return [Read("price", key, time) for time in times]


def fewest_calls(times: list[int], ttl: float, delay: float) -> int:
    """By trying every set of reads at which a call could begin: a call covers its delay and the lifetime after it."""
    moments = sorted(set(times))
    for calls in range(len(moments) + 1):
        for starts in combinations(moments, calls):
            if all(any(start <= time <= start + delay + ttl for start in starts) for time in times):
                return calls
    raise AssertionError("a call at every read covers all of them")


@pytest.mark.parametrize("rate", [0.01, 0.1, 1.0])
def test_the_hit_rate_of_poisson_reads_is_that_of_the_formula(rate: float) -> None:
    count = 40_000
    load = rate * TTL["price"]
    expected = load / (1 + load)
    error = 4 * math.sqrt(expected * (1 - expected) / count)
    assert best_hit_rate(poisson(rate, count, seed=7), TTL).hit_rate == pytest.approx(expected, abs=error)


@pytest.mark.parametrize("delay_s", [0.2, 5.0])
def test_the_floor_of_poisson_reads_is_that_of_the_formula(delay_s: float) -> None:
    count, rate = 40_000, 0.3
    expected = 1 / (1 + rate * (TTL["price"] + delay_s))
    share = single_flight_floor(poisson(rate, count, seed=11), TTL, delay_s) / count
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / count))


@given(TIMES, st.sampled_from([0, 1, 3]), st.sampled_from([0, 1, 2]))
def test_no_choice_of_calls_is_below_the_floor(times: list[int], ttl: int, delay: int) -> None:
    assert single_flight_floor(at(*times), {"price": ttl}, delay) == fewest_calls(times, ttl, delay)


@given(TIMES)
def test_misses_without_delay_are_the_calls_of_the_floor(times: list[int]) -> None:
    assert best_hit_rate(at(*times), {"price": 2}).misses == single_flight_floor(at(*times), {"price": 2}, 0)


@given(TIMES, TIMES)
def test_refreshing_never_makes_more_misses(times: list[int], changes: list[int]) -> None:
    ceiling = best_hit_rate(at(*times), {"price": 2}, [Invalidation("k", change) for change in changes])
    assert ceiling.warmed_misses <= ceiling.misses


def test_an_entry_lives_from_the_read_that_made_it_not_from_its_last_use() -> None:
    assert best_hit_rate(at(0, 20, 40), TTL).misses == 2


def test_an_entry_of_exactly_its_lifetime_may_be_served() -> None:
    assert best_hit_rate(at(0, 30), TTL).misses == 1


def test_an_invalidation_makes_the_next_read_miss_even_with_perfect_refreshing() -> None:
    ceiling = best_hit_rate(at(0, 10, 20), TTL, [Invalidation("k", 5)])
    assert (ceiling.misses, ceiling.warmed_misses) == (2, 2)


def test_an_invalidation_forbids_to_share_a_call_that_began_before_it() -> None:
    assert single_flight_floor(at(0, 2), TTL, 5, [Invalidation("k", 1)]) == 2


def test_an_invalidation_at_the_time_of_a_read_comes_first() -> None:
    assert best_hit_rate(at(0, 10), TTL, [Invalidation("k", 10)]).misses == 2


def test_a_key_filled_before_the_run_never_misses_with_perfect_refreshing() -> None:
    ceiling = best_hit_rate(at(0, 100), TTL, filled={"k"})
    assert (ceiling.misses, ceiling.warmed_misses, ceiling.warmed_hit_rate) == (2, 0, 1.0)


def test_a_fresh_read_is_no_read_of_a_cache_but_fills_it() -> None:
    reads = [Read("price", "k", 0, fresh=True), *at(1)]
    ceiling = best_hit_rate(reads, TTL)
    assert (ceiling.reads, ceiling.misses, ceiling.warmed_misses) == (1, 0, 0)
    assert single_flight_floor(reads, TTL, 0) == 0


def test_keys_do_not_help_each_other() -> None:
    assert best_hit_rate(at(0) + at(1, key="other"), TTL).misses == 2


def test_each_namespace_has_its_own_delay() -> None:
    reads = [Read("slow", "a", 0), Read("slow", "a", 9), Read("fast", "b", 0), Read("fast", "b", 9)]
    assert single_flight_floor(reads, {"slow": 0, "fast": 0}, {"slow": 10, "fast": 1}) == 3


def test_reads_in_any_order_give_the_same() -> None:
    assert best_hit_rate(at(40, 0, 20), TTL) == best_hit_rate(at(0, 20, 40), TTL)


def test_nothing_read_is_a_hit_rate_of_nothing() -> None:
    assert best_hit_rate([], TTL).hit_rate == 0.0


def test_a_namespace_without_a_lifetime_is_an_error() -> None:
    with pytest.raises(KeyError):
        best_hit_rate([Read("rate", "k", 0)], TTL)


def owned(*events: tuple[str, float], fresh: bool = False) -> list[Read]:
    """Reads of keys that may have an owner, at their times."""
    return [Read("price", key, at_s, fresh) for key, at_s in events]


def test_with_company_an_owner_misses_only_at_first_sight() -> None:
    reads = owned(("a:ann:", 0), ("b:ann:", 0), ("c:ann:", 5), ("a:ben:", 5), ("p:-:USD", 5))
    ceiling = best_hit_rate(reads, TTL)
    assert (ceiling.warmed_misses, ceiling.joined_misses) == (5, 4)
    assert ceiling.joined_hit_rate == pytest.approx(1 / 5)


def test_with_company_an_invalidation_costs_nothing() -> None:
    ceiling = best_hit_rate(owned(("a:ann:", 0), ("a:ann:", 5)), TTL, [Invalidation("a:ann:", 3)])
    assert (ceiling.warmed_misses, ceiling.joined_misses) == (2, 1)


def test_one_request_carries_all_that_is_read_of_an_owner_at_best() -> None:
    reads = owned(("a:ann:", 0), ("b:ann:", 1), ("b:ann:", 100), ("a:ben:", 0), ("p:-:USD", 0))
    assert single_flight_floor(reads, TTL, 0.0) == 5
    assert batched_floor(reads, TTL) == 3


def test_reads_that_must_be_fresh_are_requests_of_their_own() -> None:
    reads = [*owned(("a:ann:", 0)), *owned(("a:ann:", 1), ("a:ann:", 2), fresh=True)]
    assert batched_floor(reads, TTL) == 3


def test_what_is_there_already_needs_no_call_until_it_ends_or_is_changed() -> None:
    covered = {"a:ann:": 10.0}
    reads = owned(("a:ann:", 5), ("a:ann:", 15))
    assert single_flight_floor(reads, TTL, 0.0, covered_until_s=covered) == 1
    assert single_flight_floor(reads[:1], TTL, 0.0, covered_until_s=covered) == 0
    assert single_flight_floor(reads[:1], TTL, 0.0, [Invalidation("a:ann:", 1)], covered_until_s=covered) == 1
    assert batched_floor(reads[:1], TTL, covered_until_s=covered) == 0


def test_later_reads_are_all_without_the_earlier_ones() -> None:
    later = best_hit_rate(at(0, 5, 50, 55), TTL).minus(best_hit_rate(at(0, 5), TTL))
    assert (later.reads, later.misses, later.warmed_misses) == (2, 1, 0)


def test_the_namespaces_add_up_to_the_whole() -> None:
    reads = [Read("price", "price:-:USD", 0.0), Read("price", "price:-:USD", 1.0), Read("balance", "balance:a:", 2.0)]
    found = best_by_namespace(reads, {"price": 10.0, "balance": 10.0})
    assert {name: (one.reads, one.misses) for name, one in found.items()} == {"price": (2, 1), "balance": (1, 1)}
    assert found["price"].plus(found["balance"]) == best_hit_rate(reads, {"price": 10.0, "balance": 10.0})
