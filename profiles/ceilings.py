"""What the best possible cache could have done with the reads of a run.

A measured hit rate says little by itself: these figures say how much of it was there to be had, for the same reads and
the same lifetimes. All functions are pure, and take reads and invalidations in any order.

With reads of one key as a Poisson process of rate l, lifetime T and fill time D, the ideal cache answers l*T/(1 + l*T)
of them, and with coalescing 1/(1 + l*(T + D)) go upstream.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from operator import attrgetter

import msgspec

__all__ = ["Ceiling", "Invalidation", "Read", "best_hit_rate", "single_flight_floor"]


class Read(msgspec.Struct, frozen=True):
    """A read that a command asked for, whether a cache answered it or not.

    One that must be `fresh` goes upstream in any case, so it is no hit and no miss; but it fills the cache.
    """

    namespace: str
    key: str
    at_s: float
    fresh: bool = False


class Invalidation(msgspec.Struct, frozen=True):
    """From here on, what was known of the key must not be served: its owner has changed it."""

    key: str
    at_s: float


class Ceiling(msgspec.Struct, frozen=True):
    """The least misses that are possible.

    `misses` is an ideal cache without foresight: an entry appears at once when a read misses, lives for its lifetime
    and no longer, and nothing is ever evicted. `warmed_misses` adds perfect refreshing: every entry is renewed just
    before it ends, so that only a key's first read and its first read after an invalidation miss; a first read does
    not, either, where the key was filled before the run.
    """

    reads: int
    misses: int
    warmed_misses: int

    @property
    def hit_rate(self) -> float:
        """Of the ideal cache, 0 to 1; 0 when nothing was read."""
        return 1 - self.misses / self.reads if self.reads else 0.0

    @property
    def warmed_hit_rate(self) -> float:
        """Of the ideal cache with perfect refreshing."""
        return 1 - self.warmed_misses / self.reads if self.reads else 0.0


def best_hit_rate(
    reads: Iterable[Read],
    ttl_s: Mapping[str, float],
    invalidations: Iterable[Invalidation] = (),
    *,
    filled: Collection[str] = (),
) -> Ceiling:
    """Replays the reads against the ideal cache; `filled` are the keys that were warmed before the run.

    Raises:
        KeyError: `ttl_s` does not know the namespace of a read.
    """
    total = misses = warmed_misses = 0
    for events in _by_key(reads, invalidations):
        valid_until_s = float("-inf")
        known = events[0].key in filled
        for event in events:
            if isinstance(event, Invalidation):
                valid_until_s, known = float("-inf"), False
                continue
            total += not event.fresh
            warmed_misses += not (known or event.fresh)
            known = True
            if event.fresh or event.at_s > valid_until_s:
                misses += not event.fresh
                valid_until_s = event.at_s + ttl_s[event.namespace]
    return Ceiling(total, misses, warmed_misses)


def single_flight_floor(
    reads: Iterable[Read],
    ttl_s: Mapping[str, float],
    delay_s: float | Mapping[str, float],
    invalidations: Iterable[Invalidation] = (),
) -> int:
    """The fewest upstream calls that can answer these reads, besides those that must be fresh.

    A call takes `delay_s` (for all, or by namespace); reads meanwhile share it, and its answer lives for the lifetime
    from then on. No schedule does with fewer: each call covers one stretch of delay plus lifetime, and a stretch that
    begins at the first read not yet covered leaves the least for the others.

    Raises:
        KeyError: `ttl_s` or `delay_s` does not know the namespace of a read.
    """
    calls = 0
    for events in _by_key(reads, invalidations):
        covered_until_s = float("-inf")
        for event in events:
            if isinstance(event, Invalidation):
                covered_until_s = float("-inf")
            elif event.fresh or event.at_s > covered_until_s:
                calls += not event.fresh
                delay = delay_s if isinstance(delay_s, float | int) else delay_s[event.namespace]
                covered_until_s = event.at_s + delay + ttl_s[event.namespace]
    return calls


def _by_key(reads: Iterable[Read], invalidations: Iterable[Invalidation]) -> Iterable[list[Read | Invalidation]]:
    """The events of each key by time; of two at the same time the invalidation comes first."""
    events: list[Read | Invalidation] = [*invalidations, *reads]
    events.sort(key=lambda event: (event.key, event.at_s))
    return (list(group) for _, group in groupby(events, key=attrgetter("key")))
