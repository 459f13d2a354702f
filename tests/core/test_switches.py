from math import isnan, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.core.switches import BUCKETS, FlagState, bucket, is_on, snapshot
from service.roadmap import switch_keys

USERS = [f"u{n:05d}" for n in range(10_000)]
KEYS = switch_keys()
SHARES = st.floats(0, 100)


@given(st.text(), st.text(), SHARES, SHARES)
def test_raising_the_share_only_adds_users(key: str, user: str, share: float, other: float) -> None:
    low, high = sorted((share, other))
    assert is_on(key, FlagState(high), user) or not is_on(key, FlagState(low), user)


@given(st.text(), st.text())
def test_nobody_is_on_at_0_and_everybody_at_100(key: str, user: str) -> None:
    assert [is_on(key, FlagState(percent), user) for percent in (0, 100)] == [False, True]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("percent", [0.5, 5, 25, 50, 90])
def test_the_share_of_users_is_the_share_asked_for(key: str, percent: float) -> None:
    """Within five standard deviations of a binomial draw of 10,000; the draw is always the same."""
    share = percent / 100
    expected, deviation = share * len(USERS), (len(USERS) * share * (1 - share)) ** 0.5
    on = sum(is_on(key, FlagState(percent), user) for user in USERS)
    assert abs(on - expected) < 5 * deviation


@pytest.mark.parametrize(("one", "other"), [("1.1", "1.2"), ("1.1", "3.1"), ("3.3", "3.4")])
def test_switches_are_rolled_out_independently(one: str, other: str) -> None:
    """Of two switches at half, a quarter of the users has both: 2,500, with a standard deviation of 43."""
    half = FlagState(50)
    both = sum(is_on(one, half, user) and is_on(other, half, user) for user in USERS)
    assert abs(both - 2_500) < 5 * 43.3


@given(st.text(), st.text())
def test_a_bucket_is_within_bounds(key: str, user: str) -> None:
    assert 0 <= bucket(key, user) < BUCKETS


def test_buckets_are_the_same_in_every_process() -> None:
    """A rollout that moved with a restart would switch users back and forth."""
    assert [bucket("1.1", "ann"), bucket("1.2", "ann"), bucket("1.1", "bob")] == [2607, 1972, 1925]


def test_a_key_and_a_user_cannot_run_into_each_other() -> None:
    assert bucket("1.1", "1ann") != bucket("1.11", "ann")


def test_a_snapshot_is_what_is_on_for_the_user() -> None:
    flags = {"1.1": FlagState(100), "1.2": FlagState(0), "3.1": FlagState(50)}
    for user in USERS[:50]:
        assert snapshot(flags, user) == {key for key, state in flags.items() if is_on(key, state, user)}
    assert snapshot({}, "ann") == set()


@given(st.floats())
def test_a_share_outside_of_0_to_100_is_refused(percent: float) -> None:
    assume(isnan(percent) or not 0 <= percent <= 100)
    with pytest.raises(ValueError, match="between 0 and 100"):
        FlagState(percent)


def test_no_number_is_no_share() -> None:
    with pytest.raises(ValueError, match="nan"):
        FlagState(nan)
