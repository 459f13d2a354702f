import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.virtual_clock import VirtualClock
from service.flow.together import at_once, in_sequence
from service.ports import Together
from tests.flow.kit import virtually

BOTH = pytest.mark.parametrize("together", [in_sequence, at_once], ids=["in sequence", "at once"])
PLANS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=6)
"""For each operation the seconds that it takes, and whether it fails."""


class FailedError(Exception):
    """An operation of a plan failed; the argument is its place."""


def operations(plan: list[tuple[int, bool]]) -> list[Callable[[], Awaitable[int]]]:
    def operation(place: int, seconds: int, *, fails: bool) -> Callable[[], Awaitable[int]]:
        async def run() -> int:
            await asyncio.sleep(seconds)
            if fails:
                raise FailedError(place)
            return place

        return run

    return [operation(place, seconds, fails=fails) for place, (seconds, fails) in enumerate(plan)]


def outcome(together: Together, plan: list[tuple[int, bool]]) -> tuple[object, float]:
    """The results, or the error's place, and the seconds it took."""

    async def main(clock: VirtualClock) -> tuple[object, float]:
        try:
            result: object = await together(*operations(plan))
        except FailedError as error:
            result = error.args
        return result, clock.monotonic()

    return virtually(main)


@given(PLANS)
def test_both_ways_give_the_same_results_and_the_same_error(plan: list[tuple[int, bool]]) -> None:
    assert outcome(in_sequence, plan)[0] == outcome(at_once, plan)[0]


@given(PLANS)
def test_the_error_is_that_of_the_first_in_the_given_order(plan: list[tuple[int, bool]]) -> None:
    failing = [place for place, (_, fails) in enumerate(plan) if fails]
    expected: object = (failing[0],) if failing else list(range(len(plan)))
    assert outcome(at_once, plan)[0] == expected


def test_at_once_takes_as_long_as_the_longest_and_in_sequence_as_long_as_all() -> None:
    plan = [(3, False), (1, False), (2, False)]
    assert [outcome(at_once, plan)[1], outcome(in_sequence, plan)[1]] == [3, 6]


@BOTH
def test_results_come_in_the_order_of_the_operations(together: Together) -> None:
    assert outcome(together, [(3, False), (1, False), (2, False)])[0] == [0, 1, 2]


@BOTH
def test_nothing_to_do_gives_nothing(together: Together) -> None:
    assert outcome(together, []) == ([], 0)


@BOTH
def test_cancelling_the_caller_cancels_every_operation_under_way(together: Together) -> None:
    seen: list[str] = []

    async def hang() -> None:
        seen.append("begun")
        try:
            await asyncio.sleep(3600)
        finally:
            seen.append("ended")

    async def main(clock: VirtualClock) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await together(hang, hang)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return clock.monotonic()

    assert virtually(main) == 1
    assert sorted(seen) == sorted(["begun", "ended"] * (len(seen) // 2))
    assert "begun" in seen


@BOTH
def test_an_operation_that_cancels_itself_cancels_the_whole(together: Together) -> None:
    async def give_up() -> Any:
        raise asyncio.CancelledError

    async def main(_: VirtualClock) -> None:
        await together(give_up)

    with pytest.raises(asyncio.CancelledError):
        virtually(main)
