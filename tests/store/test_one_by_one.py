"""A round trip for each command."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.store.one_by_one import OneByOne
from tests.store.link_kit import words


class FakeLink:
    """Echoes each command's last word."""

    connections = 1

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []

    async def ask(self, commands: Sequence[bytes]) -> list[Any]:
        said = [words(command) for command in commands]
        self.batches.append([command[-1] for command in said])
        if said[0][0] == b"DIE":
            raise StoreUnavailable("gone")
        return [StoreError("no") if command[0] == b"FAIL" else command[-1] for command in said]


def test_each_command_is_a_round_trip_and_replies_keep_their_order() -> None:
    link = FakeLink()
    assert asyncio.run(OneByOne(link)([("ECHO", "a"), ("ECHO", 2), ("ECHO", 2.5)])) == [b"a", b"2", b"2.5"]
    assert link.batches == [[b"a"], [b"2"], [b"2.5"]]


def test_an_error_is_raised_after_all_were_carried_out() -> None:
    link = FakeLink()
    with pytest.raises(StoreError, match="no"):
        asyncio.run(OneByOne(link)([("FAIL", "a"), ("ECHO", "b")]))
    assert link.batches == [[b"a"], [b"b"]]


def test_without_an_answer_nothing_more_is_asked() -> None:
    link = FakeLink()
    with pytest.raises(StoreUnavailable):
        asyncio.run(OneByOne(link)([("DIE", "a"), ("ECHO", "b")]))
    assert link.batches == [[b"a"]]


def test_what_cannot_be_sent_is_found_before_anything_is() -> None:
    link = FakeLink()
    with pytest.raises(TypeError, match="must be str, int, float or bytes"):
        asyncio.run(OneByOne(link)([("ECHO", "a"), ("ECHO", None)]))  # type: ignore[list-item]  # on purpose
    assert link.batches == []
