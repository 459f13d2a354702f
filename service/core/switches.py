"""Feature flags as facts: the state of each switch, and which users a partial rollout takes.

A rollout is stable: a user's bucket for a switch depends on the two names alone, so raising the share only adds users.
"""

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

__all__ = ["BUCKETS", "FlagChange", "FlagState", "Switches", "bucket", "is_on", "snapshot"]

BUCKETS = 10_000
Switches = frozenset[str]
"""The keys of the items that are on, for one message."""


class FlagState(msgspec.Struct, frozen=True):
    """What an operator set: the share of users in percent, 0 to 100."""

    percent: float

    def __post_init__(self) -> None:
        """A share outside of 0 to 100 is a mistake to report, not to clamp."""
        if not 0 <= self.percent <= 100:  # noqa: PLR2004 - percent
            raise ValueError(f"{self.percent} is not a share between 0 and 100 percent")


def bucket(key: str, user: str) -> int:
    """The user's place for this switch, 0 to BUCKETS - 1, uniform over users and independent between switches."""
    digest = blake2b(f"{key}\0{user}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % BUCKETS


def is_on(key: str, state: FlagState, user: str) -> bool:
    """Whether the switch acts for this user."""
    return bucket(key, user) < state.percent * BUCKETS / 100


def snapshot(flags: Mapping[str, FlagState], user: str) -> Switches:
    """The switches that are on for this user."""
    return frozenset(key for key, state in flags.items() if is_on(key, state, user))


class FlagChange(msgspec.Struct, frozen=True):
    """One line of the audit trail."""

    at_s: float
    key: str
    percent: float
    actor: str
