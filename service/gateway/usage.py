"""Which reads are asked for most: what warming goes by.

A key's weight is a decayed count of its uses, kept as its logarithm on a time axis that never moves (forward decay):
`weight = log2(sum of 2**(t/HALF_LIFE_S) over its uses at t)`. Weights of different ages compare as they are, so they
can be saved and loaded as absolute values and saved again with the same effect.
(Cormode et al., "Forward decay: a practical time decay model for streaming systems", ICDE 2009.)
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.core.freshness import SHORT_TTL_S, Namespace
from service.core.queries import Query
from service.gateway.entries import is_cacheable, parse_key
from service.ports import Clock, TtlFor

__all__ = ["HALF_LIFE_S", "MAX_KEYS", "WARMABLE", "Usage"]

HALF_LIFE_S = 3_600.0
MAX_KEYS = 2_000
_MIN_TTL_S = 300.0
WARMABLE = frozenset(namespace for namespace in Namespace if SHORT_TTL_S[namespace] >= _MIN_TTL_S)
"""What lives long enough to be worth fetching ahead; not balances and transactions."""


@dataclass(slots=True)
class _Use:
    weight: float
    last_s: float = -math.inf
    previous_s: float = -math.inf


class Usage:
    """Counts the uses of at most `limit` keys; when there are more, the less used half is dropped."""

    def __init__(self, clock: Clock, limit: int = MAX_KEYS) -> None:
        self._clock = clock
        self._limit = limit
        self._uses: dict[str, _Use] = {}
        self._unsaved: dict[str, None] = {}

    def note(self, query: Query) -> None:
        """One use, now."""
        if query.namespace not in WARMABLE or not is_cacheable(query):
            return
        now_s = self._clock.now()
        use = self._uses.get(query.key)
        if use is None:
            use = self._add(query.key, now_s / HALF_LIFE_S)
        else:
            use.weight = _log2_sum(use.weight, now_s / HALF_LIFE_S)
        use.previous_s, use.last_s = use.last_s, now_s
        self._unsaved[query.key] = None

    def restore(self, weights: Iterable[tuple[str, float]]) -> None:
        """Weights of an earlier run; a key that is known keeps the greater one."""
        for key, weight in weights:
            parsed = parse_key(key)
            if parsed is None or parsed.namespace not in WARMABLE or not math.isfinite(weight):
                continue
            use = self._uses.get(key) or self._add(key, weight)
            use.weight = max(use.weight, weight)

    def drop(self, key: str) -> None:
        """Not worth warming; its weight is saved as 0, the least there is."""
        self._uses.pop(key, None)
        self._unsaved[key] = None

    def most_used(self, limit: int) -> list[str]:
        """Keys, most used first."""
        ranked = sorted(self._uses, key=lambda key: (-self._uses[key].weight, key))
        return ranked[:limit]

    def repeated(self, limit: int, ttl_for: TtlFor) -> list[str]:
        """The most used of the keys that were used twice within their last TTL.

        A key that is used less often would be fetched ahead more often than it is read.
        """
        now_s = self._clock.now()
        ranked = [
            key for key in self.most_used(self._limit) if self._uses[key].previous_s >= now_s - _ttl(key, ttl_for)
        ]
        return ranked[:limit]

    def unsaved(self) -> dict[str, float]:
        """The weights that changed since they were last saved."""
        return {key: self._uses[key].weight if key in self._uses else 0.0 for key in self._unsaved}

    def saved(self, weights: Mapping[str, float]) -> None:
        """These are saved; what changed meanwhile stays unsaved."""
        current = self.unsaved()
        for key, weight in weights.items():
            if current.get(key) == weight:
                del self._unsaved[key]

    def _add(self, key: str, weight: float) -> _Use:
        if len(self._uses) >= self._limit:
            self._uses = {kept: self._uses[kept] for kept in self.most_used(self._limit // 2)}
            self._unsaved = {kept: None for kept in self._unsaved if kept in self._uses}
        use = self._uses[key] = _Use(weight)
        return use


def _ttl(key: str, ttl_for: TtlFor) -> float:
    parsed = parse_key(key)
    return ttl_for(parsed.namespace) if parsed else 0.0


def _log2_sum(a: float, b: float) -> float:
    """log2(2**a + 2**b), for exponents too large to compute."""
    return max(a, b) + math.log2(1 + 2 ** -abs(a - b))
