"""The types a key can hold. A string is plain bytes."""

from bisect import bisect_left, insort
from collections import deque
from typing import Final, NamedTuple

__all__ = ["Group", "Hash", "List", "Pending", "Set", "Stream", "StreamId", "Value", "ZSet", "type_name"]

StreamId = tuple[int, int]
"""Milliseconds and sequence number."""


class Hash(dict[bytes, bytes]):
    """Field to value."""

    __slots__ = ()


class Set(dict[bytes, None]):
    """Members in the order they came: Python's own set would order them by a seed of the process."""

    __slots__ = ()


class List(deque[bytes]):
    """Left to right."""

    __slots__ = ()


class ZSet:
    """Members by score, then by name."""

    __slots__ = ("ranked", "scores")

    def __init__(self) -> None:
        self.scores: Final[dict[bytes, float]] = {}
        self.ranked: Final[list[tuple[float, bytes]]] = []

    def __len__(self) -> int:
        return len(self.ranked)

    def put(self, member: bytes, score: float) -> None:
        """Adds the member, or moves it to its new score."""
        self.remove(member)
        self.scores[member] = score
        insort(self.ranked, (score, member))

    def remove(self, member: bytes) -> bool:
        """Whether the member was there."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        del self.ranked[self.rank(member, score)]
        return True

    def rank(self, member: bytes, score: float) -> int:
        """Where a member of this score is."""
        return bisect_left(self.ranked, (score, member))


class Pending(NamedTuple):
    """An entry that a consumer has been given and not acknowledged: since when, and how often it was given."""

    consumer: bytes
    at_ms: int
    tries: int


class Group:
    """A consumer group: how far it has read, and what is not acknowledged."""

    __slots__ = ("last_id", "pending")

    def __init__(self, last_id: StreamId) -> None:
        self.last_id = last_id
        self.pending: dict[StreamId, Pending] = {}


class Stream:
    """Entries in the order of their ids, which only grow."""

    __slots__ = ("entries", "groups", "ids", "last_id")

    def __init__(self) -> None:
        self.ids: list[StreamId] = []
        self.entries: dict[StreamId, list[bytes]] = {}
        self.last_id: StreamId = (0, 0)
        self.groups: dict[bytes, Group] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, entry_id: StreamId, fields: list[bytes]) -> None:
        """Adds an entry; its id is above all others."""
        self.ids.append(entry_id)
        self.entries[entry_id] = fields
        self.last_id = entry_id

    def remove(self, entry_id: StreamId) -> bool:
        """Whether the entry was there."""
        if self.entries.pop(entry_id, None) is None:
            return False
        del self.ids[bisect_left(self.ids, entry_id)]
        return True


Value = bytes | Hash | Set | List | ZSet | Stream

_TYPE_NAMES: dict[type, bytes] = {
    bytes: b"string",
    Hash: b"hash",
    Set: b"set",
    List: b"list",
    ZSet: b"zset",
    Stream: b"stream",
}


def type_name(value: Value | None) -> bytes:
    """What TYPE answers."""
    return b"none" if value is None else _TYPE_NAMES[type(value)]
