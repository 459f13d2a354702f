"""A circuit breaker as a pure state machine, fed with the time.

    CLOSED ──half of the recent calls failed──> OPEN ──open_s later, at the next call──> HALF_OPEN
       ^                                          ^                                        │  │
       └───────── all probes succeeded ───────────┼────────────────────────────────────────┘  │
                                                  └────────────── one probe failed ───────────┘

Each change of state begins a new era: what comes back from a call of an earlier era says nothing about this one and
is dropped. A call that ends without a verdict (it was cancelled) hands its permit back.
"""

from collections import deque
from enum import StrEnum

import msgspec

__all__ = ["Breaker", "BreakerPolicy", "BreakerState", "Permit", "Refusal"]


class BreakerState(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When to open, for how long, and how to find out whether to close again.

    With the defaults an upstream that fails every call is asked ten times, then at most three times every 15 s; all
    three probes must succeed, since one lucky answer of a struggling upstream would bring the whole load back on it.
    """

    window_calls: int = 20
    """The verdict is on this many of the latest calls ..."""
    window_s: float = 120.0
    """... of which none is older than this."""
    min_calls: int = 10
    """Fewer calls than this never open it."""
    failure_share: float = 0.5
    """Opens when at least this share failed, 0 < share <= 1."""
    open_s: float = 15.0
    probes: int = 3
    probing_retry_s: float = 1.0
    """When to come back while all probes are under way."""

    def __post_init__(self) -> None:
        """A policy that could never open, or never close, is a mistake to report."""
        if not 1 <= self.min_calls <= self.window_calls:
            raise ValueError("min_calls must be between 1 and window_calls")
        if not 0 < self.failure_share <= 1:
            raise ValueError("failure_share must be in (0, 1]")
        if min(self.window_s, self.open_s, self.probing_retry_s) <= 0 or self.probes < 1:
            raise ValueError("times must be positive, and one probe is the least")


class Permit(msgspec.Struct, frozen=True):
    """Leave to make one call; give it back with `record` or `release`."""

    era: int
    number: int


class Refusal(msgspec.Struct, frozen=True):
    """The call must not be made."""

    retry_after_s: float


class Breaker:
    """One breaker. Times are seconds of a clock that never jumps."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._state = BreakerState.CLOSED
        self._era = 0
        self._permits = 0
        self._until_s = 0.0
        self._calls: deque[tuple[float, bool]] = deque(maxlen=policy.window_calls)
        self._probing: set[int] = set()
        self._proven = 0

    @property
    def state(self) -> BreakerState:
        """OPEN lasts until a call asks for a permit after `open_s`."""
        return self._state

    def admit(self, now_s: float) -> Permit | Refusal:
        """A permit, or how long to stay away."""
        if self._state is BreakerState.OPEN:
            if now_s < self._until_s:
                return Refusal(self._until_s - now_s)
            self._begin(BreakerState.HALF_OPEN, now_s)
        if self._state is BreakerState.HALF_OPEN:
            return self._admit_probe(now_s)
        return self._permit()

    def record(self, permit: Permit, *, ok: bool, now_s: float) -> None:
        """What became of the call."""
        if permit.era != self._era:
            return
        if self._state is BreakerState.HALF_OPEN:
            self._judge_probe(permit, ok=ok, now_s=now_s)
        elif self._state is BreakerState.CLOSED:
            self._judge_call(ok=ok, now_s=now_s)

    def release(self, permit: Permit) -> None:
        """The call ended without a verdict: as if it had not been made."""
        if permit.era == self._era:
            self._probing.discard(permit.number)

    def _begin(self, state: BreakerState, now_s: float) -> None:
        self._state = state
        self._era += 1
        self._until_s = now_s + self._policy.open_s
        self._calls.clear()
        self._probing.clear()
        self._proven = 0

    def _permit(self) -> Permit:
        self._permits += 1
        return Permit(self._era, self._permits)

    def _admit_probe(self, now_s: float) -> Permit | Refusal:
        if not self._has_free_probe() and now_s >= self._until_s:
            self._begin(BreakerState.HALF_OPEN, now_s)  # probes that were never given back must not block for ever
        if not self._has_free_probe():
            return Refusal(self._policy.probing_retry_s)
        permit = self._permit()
        self._probing.add(permit.number)
        return permit

    def _has_free_probe(self) -> bool:
        return len(self._probing) + self._proven < self._policy.probes

    def _judge_probe(self, permit: Permit, *, ok: bool, now_s: float) -> None:
        if permit.number not in self._probing:
            return
        self._probing.discard(permit.number)
        if not ok:
            self._begin(BreakerState.OPEN, now_s)
            return
        self._proven += 1
        if self._proven >= self._policy.probes:
            self._begin(BreakerState.CLOSED, now_s)

    def _judge_call(self, *, ok: bool, now_s: float) -> None:
        self._calls.append((now_s, ok))
        while self._calls[0][0] < now_s - self._policy.window_s:
            self._calls.popleft()
        if ok or len(self._calls) < self._policy.min_calls:
            return
        failures = sum(not was_ok for _, was_ok in self._calls)
        if failures >= self._policy.failure_share * len(self._calls):
            self._begin(BreakerState.OPEN, now_s)
