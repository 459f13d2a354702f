"""How simulated payments end, and on what kind of answer the client has to make its mind up."""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from service.sandbox.draws import Draws

__all__ = ["MAGIC_CENTS", "Behaviour", "Fate", "Fates"]

_MAX_SCRIPT = 10_000
_MAX_STRUCK = 1_000


class Fate(StrEnum):
    """What becomes of one payment call. The money moves only where it says so."""

    SUCCESS = "success"  # moves, status SUCCESS
    SLOW = "slow"  # moves, status SUCCESS after a long wait
    PENDING = "pending"  # status PENDING, moves later
    PENDING_FOREVER = "pending_forever"  # status PENDING, the money stays on hold
    FAILURE = "failure"  # status FAILURE
    REFUSED = "refused"  # payload error IBEX_ERROR
    TIMEOUT_BEFORE = "timeout_before"  # no answer
    TIMEOUT_AFTER = "timeout_after"  # moves, no answer
    ERROR_BEFORE = "error_before"  # HTTP 503
    ERROR_AFTER = "error_after"  # moves, HTTP 503
    CONFLICT = "conflict"  # HTTP 409
    GARBLED = "garbled"  # moves, half a JSON document
    RESET = "reset"  # moves, the connection breaks
    FALSE_FAILURE = "false_failure"  # moves, status FAILURE: a lie
    FALSE_SUCCESS = "false_success"  # status SUCCESS: a lie
    FALSE_REFUSAL = "false_refusal"  # moves, payload error IBEX_ERROR, and nothing is kept under the key


MAGIC_CENTS: Mapping[int, Fate] = MappingProxyType(
    {
        404: Fate.FAILURE,
        405: Fate.FALSE_FAILURE,
        406: Fate.FALSE_SUCCESS,
        407: Fate.FALSE_REFUSAL,
        408: Fate.TIMEOUT_BEFORE,
        409: Fate.CONFLICT,
        444: Fate.RESET,
        501: Fate.REFUSED,
        502: Fate.GARBLED,
        503: Fate.ERROR_BEFORE,
        504: Fate.TIMEOUT_AFTER,
        513: Fate.ERROR_AFTER,
        666: Fate.PENDING,
        667: Fate.PENDING_FOREVER,
        808: Fate.SLOW,
    }
)
"""Amounts in cents with which a person can try each outcome in the demo world: $6.66 is PENDING and settles after
half a minute, $4.04 fails, $5.03 answers HTTP 503, and so on. Sent again under its key, a payment is spared."""


class Behaviour(msgspec.Struct, frozen=True):
    """How payments end: first by `script`, then by magic amount, then by chance, else in success.

    `script` lists the outcomes of the next payment calls; `magic` turns MAGIC_CENTS on; `probabilities` gives
    outcomes their shares, together at most 1. `settle_s` is how long a PENDING payment takes, `slow_s` how much
    later a SLOW one is answered, `hang_s` how long a request that times out is held.
    """

    probabilities: Mapping[Fate, float] = MappingProxyType({})
    script: tuple[Fate, ...] = ()
    magic: bool = False
    settle_s: float = 30.0
    slow_s: float = 8.0
    hang_s: float = 60.0


class Fates:
    """Decides each payment call of one sandbox."""

    def __init__(self, behaviour: Behaviour, seed: int) -> None:
        self._behaviour = behaviour
        self._script: deque[Fate] = deque(behaviour.script, maxlen=_MAX_SCRIPT)
        self._struck: deque[str] = deque(maxlen=_MAX_STRUCK)
        self._draws = Draws(seed, "payments")

    def push(self, *fates: Fate) -> None:
        """Appends to the script."""
        self._script.extend(fates)

    def next(self, identity: str, amount_cents: int, key: str = "") -> Fate:
        """The outcome of this call; `identity` is who pays whom, `key` the payment's idempotency key if it has one."""
        if self._script:
            return self._script.popleft()
        if self._behaviour.magic and amount_cents in MAGIC_CENTS and key not in self._struck:
            if key:
                self._struck.append(key)
            return MAGIC_CENTS[amount_cents]
        if not self._behaviour.probabilities:
            return Fate.SUCCESS
        luck, _ = self._draws.next(f"{identity}|{amount_cents}")
        for fate, share in self._behaviour.probabilities.items():
            luck -= share
            if luck < 0:
                return fate
        return Fate.SUCCESS
