"""Growth: what stays alive of round after round of the same traffic, by a slope that a few odd rounds cannot bend."""

from collections.abc import Sequence

import msgspec

from profiles.profilers.readings import Site
from profiles.trace import Arrival
from reports.profile import Growth
from service.core.trend import theil_sen

__all__ = ["CONFIDENCE", "LEAK_ROUNDS", "LEAST_BYTES_PER_MESSAGE", "TABLES", "growth_of", "rounds_of"]

LEAK_ROUNDS = 10
"""How often the same messages are sent."""

CONFIDENCE = 0.999
"""Of the interval of a slope: of so few rounds, every one must be above the one before."""

LEAST_BYTES_PER_MESSAGE = 8.0
"""The least that the lower limit of a slope must say for something to grow: an object per message has 16 bytes."""

TABLES = {
    "service/flow/lanes.py": 2_000_000,
    "service/store/inbox.py": 1_500_000,
    "service/store/outbox.py": 500_000,
    "service/reply/queues.py": 500_000,
}
"""Files whose lines allocate the bot's tables of recent messages, and the bytes they hold at the most.

They fill evenly until they are full, which nothing tells from a leak before. Below these bounds they are not counted.
"""

_DROPPED = 2  # rounds in which caches and buffers fill
_SITES = 30


def rounds_of(arrivals: Sequence[Arrival], count: int) -> tuple[tuple[Arrival, ...], ...]:
    """The same messages again and again, each time as new ones."""
    return tuple(tuple(_again(arrival, number) for arrival in arrivals) for number in range(count))


def _again(arrival: Arrival, number: int) -> Arrival:
    return msgspec.structs.replace(
        arrival,
        wamid=f"{arrival.wamid}.{number}",
        follows=None if arrival.follows is None else f"{arrival.follows}.{number}",
    )


def growth_of(rounds: Sequence[Sequence[Site]], messages_per_round: int) -> tuple[Growth, ...]:
    """Of all that is alive, and of the lines that grow most; the first rounds are not judged, nor are tables."""
    kept = rounds[_DROPPED:]
    series: dict[str, list[int]] = {}
    filling: dict[str, bool] = {}
    for number, sites in enumerate(kept):
        for site in sites:
            name = f"{site.place.file}:{site.place.line}"
            series.setdefault(name, [0] * len(kept))[number] += site.size_bytes
            filling[name] = site.place.file in TABLES
    total = [sum(site.size_bytes for site in sites if site.place.file not in TABLES) for sites in kept]
    grown = [
        _growth(name, live, messages_per_round, bound=TABLES[name.rpartition(":")[0]] if filling[name] else 0)
        for name, live in series.items()
        if live[-1] > live[0]
    ]
    grown.sort(key=lambda each: (not each.grows, -each.bytes_per_message, each.site))
    return (_growth("", total, messages_per_round), *grown[:_SITES])


def _growth(site: str, live: list[int], messages_per_round: int, *, bound: int = 0) -> Growth:
    slope = theil_sen([float(number * messages_per_round) for number in range(len(live))], live, CONFIDENCE)
    estimate, low, high = (slope.estimate, slope.low, slope.high) if slope else (0.0, float("-inf"), float("inf"))
    return Growth(
        site=site,
        live_bytes=tuple(live),
        bytes_per_message=estimate,
        low=low,
        high=high,
        grows=low > LEAST_BYTES_PER_MESSAGE and _goes_on(live) and live[-1] > bound,
        is_table=bound > 0,
    )


def _goes_on(live: Sequence[int]) -> bool:
    """Whether the second half grows at least half as fast as the first: what fills up to its bound flattens."""
    middle = len(live) // 2
    return 2 * (live[-1] - live[middle]) * middle >= (live[middle] - live[0]) * (len(live) - 1 - middle)
