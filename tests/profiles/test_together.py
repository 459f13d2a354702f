"""Contexts that are entered and left at the same time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from profiles.gating.together import together


class House:
    """Two rooms: nobody gets into one before somebody is at the other's door, nor out of it."""

    def __init__(self, broken: str = "") -> None:
        self._enter, self._leave = asyncio.Barrier(2), asyncio.Barrier(2)
        self._broken = broken
        self.left: list[str] = []

    @asynccontextmanager
    async def room(self, name: str) -> AsyncIterator[str]:
        if name == self._broken:
            raise LookupError(name)
        if not self._broken:
            await self._enter.wait()
        try:
            yield name.upper()
            await self._leave.wait()
        finally:
            self.left.append(name)


async def visit(house: House, inside: Callable[[dict[str, str]], None]) -> None:
    async with asyncio.timeout(5), together({name: house.room(name) for name in ("a", "b")}) as found:
        inside(found)


def test_all_are_entered_and_left_at_the_same_time() -> None:
    async def visited() -> tuple[dict[str, str], list[str]]:
        house, seen = House(), dict[str, str]()
        await visit(house, seen.update)
        return seen, sorted(house.left)

    assert asyncio.run(visited()) == ({"a": "A", "b": "B"}, ["a", "b"])


def test_one_that_fails_to_start_ends_the_others() -> None:
    async def visited() -> list[str]:
        house = House(broken="b")
        with pytest.raises(ExceptionGroup) as caught:
            await visit(house, lambda _found: pytest.fail("nobody is let in"))
        assert [type(one) for one in caught.value.exceptions] == [LookupError]
        return house.left

    assert asyncio.run(visited()) == ["a"]


def test_what_fails_inside_leaves_all() -> None:
    def fail(_found: dict[str, str]) -> None:
        raise LookupError("inside")

    async def visited() -> list[str]:
        house = House()
        with pytest.raises(ExceptionGroup) as caught:
            await visit(house, fail)
        assert str(caught.value.exceptions[0]) == "inside"
        return sorted(house.left)

    assert asyncio.run(visited()) == ["a", "b"]
