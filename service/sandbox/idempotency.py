"""Results of payments by idempotency key, kept for a day.

A key is scoped to the wallet that pays. A repeat with the same recipient and amount gets the first result again, one
with others is refused, and one that comes while the first is still being worked on is told to wait. Only results are
kept, not refusals: a payment that was refused may be tried again under its key.
"""

from typing import Literal

import msgspec

__all__ = ["Idempotency", "Kept", "PaymentStatus"]

_KEPT_S = 24 * 3_600.0
_MAX_RESULTS = 200_000

PaymentStatus = Literal["SUCCESS", "FAILURE", "PENDING", "ALREADY_PAID"]


class Kept(msgspec.Struct, frozen=True):
    """A result, the payment it belongs to, and from when on it can be had."""

    fingerprint: str
    status: PaymentStatus
    stored_at_s: float
    ready_at_s: float


class Idempotency:
    """The results of one sandbox, the latest 200,000 of them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept] = {}

    def find(self, wallet_id: str, key: str, now_s: float) -> Kept | None:
        """What is known under this key of this wallet."""
        kept = self._kept.get((wallet_id, key))
        return None if kept is None or now_s - kept.stored_at_s > _KEPT_S else kept

    def keep(self, wallet_id: str, key: str, kept: Kept) -> None:
        self._kept.pop((wallet_id, key), None)
        self._kept[wallet_id, key] = kept
        self._forget(kept.stored_at_s)

    def _forget(self, now_s: float) -> None:
        """Entries are in the order of their storing, so the old ones are in front."""
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= _MAX_RESULTS and now_s - self._kept[oldest].stored_at_s <= _KEPT_S:
                return
            del self._kept[oldest]
