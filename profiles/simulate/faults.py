"""What can go wrong in a world, and how often it does in this one.

Each world has its own subset of the kinds, at its own rates: faults that are rare in life are common here, and pairs
of them meet.
"""

import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from service.core.errors import ConfigError

__all__ = [
    "CHAT",
    "KINDS",
    "LIES",
    "LOOKUP",
    "OFF_BY_DEFAULT",
    "PAY",
    "READ",
    "STORE",
    "Rates",
    "draw_rates",
    "parse_kinds",
]

STORE = ("store-lost", "store-deaf", "store-slow", "store-restart", "store-partition")
"""A command is lost before its effect, its reply after it, both take a second, the server restarts, nothing passes."""

PAY = (
    "pay-unreachable",
    "pay-timeout-before",
    "pay-timeout-after",
    "pay-late",
    "pay-error-before",
    "pay-error-after",
    "pay-conflict",
    "pay-reset",
    "pay-garbled",
    "pay-huge",
    "pay-types",
    "pay-busy",
    "pay-pending",
    "pay-pending-forever",
    "pay-failure",
    "pay-refused",
)
"""What becomes of one payment's call; "late" reaches Flash after the client has given up."""

LIES = ("lie-failed", "lie-paid", "lie-refused")
"""FAILURE of a payment that was made, SUCCESS of one that was not."""

READ = ("read-timeout", "read-error", "read-garbled", "read-busy", "read-types", "outage")
"""What becomes of any other call to Flash; an outage is a time in which no call works."""

LOOKUP = ("lookup-timeout", "lookup-error", "lookup-garbled")
"""What becomes of a call by which the reconciler looks for a payment."""

CHAT = ("chat-timeout-before", "chat-timeout-after", "chat-error", "chat-busy", "chat-outage")
"""What becomes of a message that the bot sends."""

_OTHERS = ("kill", "stop", "clock", "flags", "no-keys", "duplicates", "reorder", "days-later")

OFF_BY_DEFAULT = ("tail",)
"""The store forgets up to a second that it had acknowledged: a failover, or `appendfsync everysec`."""

KINDS = (*_OTHERS, *STORE, *PAY, *LIES, *READ, *LOOKUP, *CHAT, *OFF_BY_DEFAULT)

_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "store": STORE,
        "pay": PAY,
        "lies": LIES,
        "read": READ,
        "lookup": LOOKUP,
        "chat": CHAT,
        "all": tuple(kind for kind in KINDS if kind not in OFF_BY_DEFAULT),
    }
)

_HARSHEST: Mapping[str, float] = MappingProxyType(
    {
        # per flush to the store, of which a world has about three thousand
        **dict.fromkeys(("store-lost", "store-deaf", "store-slow"), 0.01),
        # per payment; together they leave some alone
        **dict.fromkeys(PAY, 0.06),
        **dict.fromkeys(LIES, 0.04),
        # per read
        **dict.fromkeys(READ, 0.05),
        # per lookup
        **dict.fromkeys(LOOKUP, 0.3),
        # per message sent
        **dict.fromkeys(CHAT, 0.08),
        # how many there are at most
        "store-restart": 3,
        "store-partition": 2,
        "outage": 2,
        "chat-outage": 2,
        "kill": 6,
        "stop": 1,
        "clock": 3,
        "flags": 4,
        "tail": 2,
        # per message of a user
        "duplicates": 0.25,
        "reorder": 0.2,
        "days-later": 0.1,
        # per world
        "no-keys": 1.0,
    }
)
_SHARE_OF_WORLDS = 0.6


class Rates:
    """How often each kind happens here: a probability, or a number of times. Zero for what does not happen."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        self._rates = dict(rates)

    def __getitem__(self, kind: str) -> float:
        return self._rates.get(kind, 0.0)

    def times(self, kind: str) -> int:
        """For kinds that are counted."""
        return int(self._rates.get(kind, 0.0))

    def pick(self, kinds: tuple[str, ...], luck: float) -> str | None:
        """The kind that a number in [0, 1) stands for; mostly none."""
        for kind in kinds:
            luck -= self._rates.get(kind, 0.0)
            if luck < 0:
                return kind
        return None


def draw_rates(dice: random.Random, kinds: Iterable[str]) -> Rates:
    """This world's rates: of the kinds that are allowed, about six in ten, each somewhere up to its harshest."""
    allowed = frozenset(kinds)
    rates = {}
    for kind in KINDS:  # always all of them, so that leaving one out changes no other
        is_here, strength = dice.random() < _SHARE_OF_WORLDS, dice.random()
        if is_here and kind in allowed:
            harshest = _HARSHEST[kind]
            rates[kind] = float(int(strength * harshest) + 1) if harshest > 1 else strength * harshest
    if rates.get("no-keys", 0) > 1 / 3:
        del rates["no-keys"]
    return Rates(rates)


def parse_kinds(text: str) -> tuple[str, ...]:
    """The kinds that a list like "kill,store,pay-late" names, in the order of KINDS. Raises ConfigError."""
    if text.strip() == "none":
        return ()
    named: set[str] = set()
    for word in filter(None, (part.strip() for part in text.split(","))):
        if word not in KINDS and word not in _GROUPS:
            raise ConfigError(f"there is no fault {word!r}; there are {', '.join((*_GROUPS, *KINDS))}")
        named.update(_GROUPS.get(word, (word,)))
    if not named:
        raise ConfigError("--faults names no fault; say none for a world without them, or all")
    return tuple(kind for kind in KINDS if kind in named)
