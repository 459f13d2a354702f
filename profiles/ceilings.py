"""What the best possible cache could have done with the reads of a run.

A measured hit rate says little by itself: these figures say how much of it was there to be had, for the same reads and
the same lifetimes. All functions are pure, and take reads and invalidations in any order.

With reads of one key as a Poisson process of rate l, lifetime T and fill time D, the ideal cache answers l*T/(1 + l*T)
of them, and with coalescing 1/(1 + l*(T + D)) go upstream.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

import msgspec

__all__ = [
    "Ceiling",
    "Invalidation",
    "Read",
    "batched_floor",
    "best_by_namespace",
    "best_hit_rate",
    "single_flight_floor",
]


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
    not, either, where the key was filled before the run. `joined_misses` adds company: as soon as anything of an owner
    was read, all that is the owner's is there for good, so that only an owner's first read misses, and the first one of
    each key that has no owner.
    """

    reads: int
    misses: int
    warmed_misses: int
    joined_misses: int = 0

    @property
    def hit_rate(self) -> float:
        """Of the ideal cache, 0 to 1; 0 when nothing was read."""
        return 1 - self.misses / self.reads if self.reads else 0.0

    @property
    def warmed_hit_rate(self) -> float:
        """Of the ideal cache with perfect refreshing."""
        return 1 - self.warmed_misses / self.reads if self.reads else 0.0

    def plus(self, other: "Ceiling") -> "Ceiling":
        """Of the reads of both."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Ceiling(*(one + more for one, more in pairs))

    def minus(self, earlier: "Ceiling") -> "Ceiling":
        """Of the reads that came after the `earlier` ones, which these begin with."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(earlier), strict=True)
        return Ceiling(*(one - less for one, less in pairs))

    @property
    def joined_hit_rate(self) -> float:
        """Of the ideal cache with perfect refreshing and company."""
        return 1 - self.joined_misses / self.reads if self.reads else 0.0


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
    found = best_by_namespace(reads, ttl_s, invalidations, filled=filled)
    return reduce(Ceiling.plus, found.values(), Ceiling(0, 0, 0))


def best_by_namespace(
    reads: Iterable[Read],
    ttl_s: Mapping[str, float],
    invalidations: Iterable[Invalidation] = (),
    *,
    filled: Collection[str] = (),
) -> dict[str, Ceiling]:
    """As `best_hit_rate`, for each namespace that was read; they share what is known of an owner.

    Raises:
        KeyError: `ttl_s` does not know the namespace of a read.
    """
    reads = list(reads)
    met_at_s = _first_met(reads)
    found: dict[str, Ceiling] = {}
    for events in _by_key(reads, invalidations):
        key = events[0].key
        met = met_at_s.get(_owner(key) or "", math.inf)
        ceiling = _ceiling_of_key(events, ttl_s, known=key in filled, owner_met_at_s=met)
        namespace = key.partition(":")[0]
        found[namespace] = found.get(namespace, Ceiling(0, 0, 0)).plus(ceiling)
    return found


def _ceiling_of_key(
    events: Iterable[Read | Invalidation], ttl_s: Mapping[str, float], *, known: bool, owner_met_at_s: float
) -> Ceiling:
    total = misses = warmed_misses = joined_misses = 0
    valid_until_s = float("-inf")
    for event in events:
        if isinstance(event, Invalidation):
            valid_until_s, known = float("-inf"), False
            continue
        total += not event.fresh
        warmed_misses += not (known or event.fresh)
        joined_misses += not (known or event.fresh or owner_met_at_s < event.at_s)
        known = True
        if event.fresh or event.at_s > valid_until_s:
            misses += not event.fresh
            valid_until_s = event.at_s + ttl_s[event.namespace]
    return Ceiling(total, misses, warmed_misses, joined_misses)


def single_flight_floor(
    reads: Iterable[Read],
    ttl_s: Mapping[str, float],
    delay_s: float | Mapping[str, float],
    invalidations: Iterable[Invalidation] = (),
    *,
    covered_until_s: Mapping[str, float] = MappingProxyType({}),
) -> int:
    """The fewest upstream calls that can answer these reads, besides those that must be fresh.

    `covered_until_s` says, by key, until when an answer is there already.

    A call takes `delay_s` (for all, or by namespace); reads meanwhile share it, and its answer lives for the lifetime
    from then on. No schedule does with fewer: each call covers one stretch of delay plus lifetime, and a stretch that
    begins at the first read not yet covered leaves the least for the others.

    Raises:
        KeyError: `ttl_s` or `delay_s` does not know the namespace of a read.
    """
    calls = 0
    for events in _by_key(reads, invalidations):
        covered_s = covered_until_s.get(events[0].key, float("-inf"))
        for event in events:
            if isinstance(event, Invalidation):
                covered_s = float("-inf")
            elif event.fresh or event.at_s > covered_s:
                calls += not event.fresh
                delay = delay_s if isinstance(delay_s, float | int) else delay_s[event.namespace]
                covered_s = event.at_s + delay + ttl_s[event.namespace]
    return calls


def batched_floor(
    reads: Iterable[Read],
    ttl_s: Mapping[str, float],
    invalidations: Iterable[Invalidation] = (),
    *,
    covered_until_s: Mapping[str, float] = MappingProxyType({}),
) -> int:
    """The fewest requests that can answer these reads when one may carry all that is read of one owner.

    `covered_until_s` is as for `single_flight_floor`.

    Those that must be fresh are included: each is in a request of its own moment. An owner's request renews all its
    keys at best, so an owner needs as many as its neediest key. Public reads may travel with anybody's, for nothing.
    It is a bound and no schedule: the moments at which the keys of an owner are read do not coincide that well.

    Raises:
        KeyError: `ttl_s` does not know the namespace of a read.
    """
    needs: dict[str, int] = {}
    for events in _by_key(reads, invalidations):
        owner = _owner(events[0].key)
        if owner is not None:
            own = [event for event in events if isinstance(event, Read)]
            changes = [event for event in events if isinstance(event, Invalidation)]
            calls = single_flight_floor(own, ttl_s, 0.0, changes, covered_until_s=covered_until_s)
            needs[owner] = max(needs.get(owner, 0), calls + sum(event.fresh for event in own))
    return sum(needs.values())


def _owner(key: str) -> str | None:
    """Whose key it is, None when it is public: `namespace:owner:argument`."""
    owner = key.split(":", 2)[1:2]
    return owner[0] if owner and owner[0] not in {"", "-"} else None


def _first_met(reads: Iterable[Read]) -> dict[str, float]:
    """When each owner was first read."""
    met_at_s: dict[str, float] = {}
    for read in reads:
        owner = _owner(read.key)
        if owner is not None:
            met_at_s[owner] = min(read.at_s, met_at_s.get(owner, math.inf))
    return met_at_s


def _by_key(reads: Iterable[Read], invalidations: Iterable[Invalidation]) -> Iterable[list[Read | Invalidation]]:
    """The events of each key by time; of two at the same time the invalidation comes first."""
    events: list[Read | Invalidation] = [*invalidations, *reads]
    events.sort(key=lambda event: (event.key, event.at_s))
    return (list(group) for _, group in groupby(events, key=attrgetter("key")))
