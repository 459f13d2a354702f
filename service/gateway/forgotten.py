"""What this process was told to forget, and when: entries and answers older than that are not served or stored.

The store forgets too, but it may be down at that moment, or an answer may be on its way into it.
"""

from collections import OrderedDict

from service.core.freshness import Namespace
from service.core.queries import Query

__all__ = ["Forgotten"]

_LIMIT = 20_000


class Forgotten:
    """A bounded memory: of more than `limit` (account, namespace) pairs, the earliest are dropped."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._at_s: OrderedDict[tuple[str, Namespace], float] = OrderedDict()

    def note(self, account_id: str, namespaces: frozenset[Namespace], now_s: float) -> None:
        """From now on these are forgotten."""
        for namespace in sorted(namespaces):
            self._at_s[account_id, namespace] = now_s
            self._at_s.move_to_end((account_id, namespace))
        while len(self._at_s) > self._limit:
            self._at_s.popitem(last=False)

    def hides(self, query: Query, fetched_at_s: float) -> bool:
        """Whether data fetched then were forgotten since."""
        if query.account is None:
            return False
        forgotten_at_s = self._at_s.get((query.account.id, query.namespace))
        return forgotten_at_s is not None and fetched_at_s < forgotten_at_s
