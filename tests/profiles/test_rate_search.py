"""Doubling, bisection, and trials of the edges."""

from collections.abc import Callable

import pytest

from profiles.rate_search import bracket, confirmed, search
from reports.capacity import Bracket, Edge


def told(outcomes: dict[float, str]) -> Callable[[float], bool]:
    """Holds as written for each rate, one letter a trial; the last letter goes on."""
    asked = dict.fromkeys(outcomes, 0)

    def holds(rate: float) -> bool:
        letters = outcomes[rate]
        letter = letters[min(asked[rate], len(letters) - 1)]
        asked[rate] += 1
        return letter == "+"

    return holds


@pytest.mark.parametrize("limit", [8.0, 9.0, 58.0, 100.0, 1_000.0])
def test_the_bracket_has_the_limit_in_it_and_is_narrow(limit: float) -> None:
    found = search(bracket(8.0, 11, 4), lambda rate: rate <= limit)
    assert found.holds is not None
    assert found.fails is not None
    assert found.holds.rate <= limit < found.fails.rate
    assert found.fails.rate - found.holds.rate <= found.holds.rate / 16


def test_nothing_holds_when_the_lowest_rate_does_not() -> None:
    assert search(bracket(8.0, 11, 4), lambda _: False) == Bracket(None, Edge(8.0, 0, 1))


def test_nothing_fails_when_the_highest_rate_that_is_tried_holds() -> None:
    assert search(bracket(8.0, 2, 4), lambda _: True) == Bracket(Edge(32.0, 1, 1), None)


def test_edges_are_tried_again_and_keep_their_places_when_they_stand() -> None:
    found = search(confirmed(bracket(10.0, 3, 1), 3), lambda rate: rate < 15)
    assert found == Bracket(Edge(10.0, 3, 3), Edge(15.0, 0, 3))


def test_an_edge_that_held_by_luck_moves_down() -> None:
    outcomes = {10.0: "+", 20.0: "+--", 40.0: "-", 30.0: "-"}
    assert search(confirmed(bracket(10.0, 3, 1), 3), told(outcomes)) == Bracket(Edge(10.0, 3, 3), Edge(20.0, 1, 3))


def test_an_edge_that_failed_by_bad_luck_moves_up() -> None:
    outcomes = {10.0: "+", 20.0: "+", 40.0: "-", 30.0: "-++"}
    assert search(confirmed(bracket(10.0, 3, 1), 3), told(outcomes)) == Bracket(Edge(30.0, 2, 3), Edge(40.0, 0, 3))


def test_where_nothing_holds_in_the_end_there_is_no_lower_edge() -> None:
    outcomes = {10.0: "+--", 20.0: "-"}
    assert search(confirmed(bracket(10.0, 3, 0), 3), told(outcomes)) == Bracket(None, Edge(10.0, 1, 3))


@pytest.mark.parametrize("pattern", ["+-", "-+", "+--+", "+"])
def test_a_search_always_ends(pattern: str) -> None:
    trials = iter(pattern * 200)
    found = search(confirmed(bracket(8.0, 5, 4), 5), lambda _: next(trials) == "+")
    assert all(edge is None or edge.trials == 5 for edge in (found.holds, found.fails))
