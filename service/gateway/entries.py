"""What a cache keeps of a read, and how old it may be."""

from typing import NamedTuple

import msgspec

from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import VALUE_TYPES, Query, Reading, Recipient, Value

__all__ = ["Entry", "Key", "decode", "encode", "is_cacheable", "is_fresh", "is_negative", "parse_key"]

_CLOCK_SKEW_S = 1.0
_NOBODY = Recipient(wallet_id=None)
_KEY_PARTS = 3


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """An answer and the Unix time at which the upstream was asked for it."""

    at_s: float
    value: Value


class Key(NamedTuple):
    """The parts of a Query's key; `owner` is an account id, or "-" for what is public."""

    namespace: Namespace
    owner: str
    argument: str


_DECODER = msgspec.msgpack.Decoder(Entry)


def encode(reading: Reading) -> bytes:
    """The entry of a reading."""
    return msgspec.msgpack.encode(Entry(reading.fetched_at_s, reading.value))


def decode(namespace: Namespace, stored: bytes | None) -> Entry | None:
    """The entry; None when there is none, or one that another version wrote and this one does not understand."""
    if stored is None:
        return None
    try:
        entry = _DECODER.decode(stored)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return entry if isinstance(entry.value, VALUE_TYPES[namespace]) else None


def parse_key(key: str) -> Key | None:
    """The parts of `Query.key`; None when it is not the key of a cacheable read."""
    parts = key.split(":", _KEY_PARTS - 1)
    if len(parts) != _KEY_PARTS or parts[0] not in VALUE_TYPES:
        return None
    found = Key(Namespace(parts[0]), parts[1], parts[2])
    if found.namespace in ACCOUNT_SCOPED:
        return found if found.owner != "-" and not found.argument else None
    return found if found.owner == "-" else None


def is_cacheable(query: Query) -> bool:
    """Whether `forget` could name the key: an account's reads with an argument would have too many."""
    return query.account is None or not query.argument


def is_fresh(entry: Entry, ttl_s: float, now_s: float) -> bool:
    """Whether the entry may still be served. One from the future has an unknown age: the clock was set back."""
    return -_CLOCK_SKEW_S <= now_s - entry.at_s <= ttl_s


def is_negative(value: Value) -> bool:
    """Whether the answer is that there is nothing."""
    return value == _NOBODY
