"""The search for the highest rate that holds: doubling, then bisection, then the edges again.

A search is a generator that yields the rate to try next and is sent whether it held, so that a trial may be a function,
a coroutine, or minutes of real traffic.
"""

from collections.abc import Callable, Generator

from reports.capacity import Bracket, Edge

__all__ = ["Trials", "bracket", "confirmed", "edges_of", "search"]

Trials = Generator[float, bool, Bracket]


def bracket(first: float, doublings: int, halvings: int) -> Trials:
    """Doubles the rate until it fails, at most `doublings` times, then halves the gap `halvings` times."""
    low: Edge | None = None
    high: Edge | None = None
    for power in range(doublings + 1):
        rate = first * 2.0**power
        if not (yield rate):
            high = Edge(rate, 0, 1)
            break
        low = Edge(rate, 1, 1)
    if low is not None and high is not None:
        for _ in range(halvings):
            middle = (low.rate + high.rate) / 2
            if (yield middle):
                low = Edge(middle, 1, 1)
            else:
                high = Edge(middle, 0, 1)
    return Bracket(low, high)


def confirmed(found: Trials, repeats: int) -> Trials:
    """Tries the edges of what was found again, until each has so many trials; most of them decide, and may move it.

    `repeats` is odd. Every rate is tried at most so often, so this ends.
    """
    counts: dict[float, Edge] = {}
    held: bool | None = None
    while True:
        try:
            rate = found.send(held) if held is not None else next(found)
        except StopIteration:
            break
        held = yield rate
        counts[rate] = Edge(rate, int(held), 1)
    while (edge := _unsure(edges := edges_of(counts), repeats)) is not None:
        again = yield edge.rate
        counts[edge.rate] = Edge(edge.rate, edge.held + again, edge.trials + 1)
    return edges


def edges_of(counts: dict[float, Edge]) -> Bracket:
    """The lowest rate that fails, and the highest below it that holds."""
    ordered = [counts[rate] for rate in sorted(counts)]
    fails = next((one for one in ordered if not one.holds), None)
    below = [one for one in ordered if one.holds and (fails is None or one.rate < fails.rate)]
    return Bracket(below[-1] if below else None, fails)


def _unsure(edges: Bracket, repeats: int) -> Edge | None:
    """The edge that has been tried less often, while one has been too seldom."""
    both = [edge for edge in (edges.holds, edges.fails) if edge is not None and edge.trials < repeats]
    return min(both, key=lambda edge: edge.trials, default=None)


def search(trials: Trials, holds: Callable[[float], bool]) -> Bracket:
    """Runs a search whose trials are a function."""
    try:
        rate = next(trials)
        while True:
            rate = trials.send(holds(rate))
    except StopIteration as ended:
        found: Bracket = ended.value
        return found
