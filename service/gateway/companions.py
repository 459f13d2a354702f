"""What else of an account is worth fetching when Flash is asked for something of it anyway (item 5.4).

A request that goes out for an account takes along what that account's other commands read, unless this process has
fetched it lately. It costs no call: the reads leave as one request. What takes Flash longer than what is waited for
stays behind, so that nobody waits longer.
"""

from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType

from service.core.freshness import Namespace
from service.core.queries import Query
from service.ports import Clock, TtlFor

__all__ = ["ALONG", "MAX_ACCOUNTS", "Companions"]

ALONG: Mapping[Namespace, tuple[Namespace, ...]] = MappingProxyType(
    {
        Namespace.PROFILE: (Namespace.BALANCE,),
        Namespace.BALANCE: (Namespace.PROFILE,),
        Namespace.TRANSACTIONS: (Namespace.BALANCE, Namespace.PROFILE),
    }
)
"""What is taken along with what."""

MAX_ACCOUNTS = 10_000
"""Accounts whose last fetches are remembered; the longest unused are dropped."""


class Companions:
    """Remembers what was fetched of which account and when, and names what is due beside a read.

    Only a hint: an account that was dropped, or whose data another process has fetched, is at worst fetched again.
    """

    def __init__(self, clock: Clock, ttl_for: TtlFor, limit: int = MAX_ACCOUNTS) -> None:
        self._clock = clock
        self._ttl_for = ttl_for
        self._limit = limit
        self._fetched_s: OrderedDict[str, dict[Namespace, float]] = OrderedDict()

    def __call__(self, query: Query) -> list[Query]:
        """The reads that may travel with this one, which counts as fetched from now on, as they do."""
        if query.account is None:
            return []
        due = [
            Query(namespace, account=query.account, site=query.site)
            for namespace in ALONG[query.namespace]
            if not self._is_known(query.account.id, namespace)
        ]
        for fetched in (query, *due):
            self._note(query.account.id, fetched.namespace)
        return due

    def forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        """These are not known any more."""
        fetched_s = self._fetched_s.get(account_id, {})
        for namespace in namespaces:
            fetched_s.pop(namespace, None)

    def _is_known(self, account_id: str, namespace: Namespace) -> bool:
        fetched_at_s = self._fetched_s.get(account_id, {}).get(namespace)
        return fetched_at_s is not None and self._clock.now() - fetched_at_s <= self._ttl_for(namespace)

    def _note(self, account_id: str, namespace: Namespace) -> None:
        self._fetched_s.setdefault(account_id, {})[namespace] = self._clock.now()
        self._fetched_s.move_to_end(account_id)
        while len(self._fetched_s) > self._limit:
            self._fetched_s.popitem(last=False)
