"""The simulated Flash's rate limits, and the codes it sends to phones."""

from collections import deque

from service.sandbox.accounts import otp_code

__all__ = ["Codes", "RateLimit"]

_MAX_SUBJECTS = 100_000
_CODE_TTL_S = 600.0


class RateLimit:
    """At most `limit` events per subject in a sliding window; one more blocks the subject for a while."""

    def __init__(self, limit: int, window_s: float, block_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._block_s = block_s
        self._events: dict[str, deque[float]] = {}
        self._blocked_until_s: dict[str, float] = {}

    def admit(self, subject: str, now_s: float) -> bool:
        """Whether the subject may go on; counts the event if so."""
        if self.is_blocked(subject, now_s):
            return False
        events = self._events.setdefault(subject, deque())
        while events and events[0] <= now_s - self._window_s:
            events.popleft()
        if len(events) >= self._limit:
            self._blocked_until_s[subject] = now_s + self._block_s
            _drop_oldest(self._blocked_until_s)
            return False
        events.append(now_s)
        _drop_oldest(self._events)
        return True

    def is_blocked(self, subject: str, now_s: float) -> bool:
        """Whether the subject is serving a block now; counts nothing."""
        return now_s < self._blocked_until_s.get(subject, now_s)


class Codes:
    """One-time codes by phone: sent at most four times an hour, valid for ten minutes, good for one login."""

    def __init__(self) -> None:
        self._sent_at_s: dict[str, float] = {}
        self._sends = RateLimit(4, 3_600, 3 * 3_600)
        self._failures = RateLimit(8, 1_200, 3_600)

    def send(self, phone: str, now_s: float) -> bool:
        """Sends the code; False when the phone has had too many."""
        if not self._sends.admit(phone, now_s):
            return False
        self._sent_at_s[phone] = now_s
        _drop_oldest(self._sent_at_s)
        return True

    def check(self, phone: str, code: str, now_s: float) -> str | None:
        """None when the code is right, and used up by that; else Flash's error code."""
        if self._failures.is_blocked(phone, now_s):
            return "TOO_MANY_REQUEST"
        sent_at_s = self._sent_at_s.get(phone)
        if sent_at_s is None or code != otp_code(phone):
            return "PHONE_CODE_ERROR" if self._failures.admit(phone, now_s) else "TOO_MANY_REQUEST"
        if now_s - sent_at_s > _CODE_TTL_S:
            return "CODE_EXPIRED_ERROR"
        del self._sent_at_s[phone]
        return None


def _drop_oldest(table: dict[str, deque[float]] | dict[str, float]) -> None:
    if len(table) > _MAX_SUBJECTS:
        del table[next(iter(table))]
