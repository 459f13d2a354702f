"""Item 4.1's claim, measured: a listener that blocks reaches no reply with the bus, and every reply without it."""

import pytest

from profiles.experiments.slow_listener import BLOCK_S, ListenerFigures, slow_listener


@pytest.fixture(scope="module")
def figures() -> dict[str, ListenerFigures]:
    return slow_listener("quiet")


def test_without_the_bus_a_reply_waits_for_the_listener(figures: dict[str, ListenerFigures]) -> None:
    assert figures["off"].blocked > 0
    assert figures["off"].response_ms_max > 1_000 * BLOCK_S


def test_with_the_bus_it_is_as_if_there_were_no_slow_listener(figures: dict[str, ListenerFigures]) -> None:
    on, none = figures["on"], figures["none"]
    assert on.blocked == figures["off"].blocked
    assert (on.response_ms_mean, on.response_ms_p99) == (none.response_ms_mean, none.response_ms_p99)


def test_everything_is_answered_and_the_same_money_moves(figures: dict[str, ListenerFigures]) -> None:
    assert len({(each.answered, each.moved) for each in figures.values()}) == 1
