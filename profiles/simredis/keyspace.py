"""One database: keys, their expiry, and who watches them."""

import copy
from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar

from profiles.simredis.replies import wrong_type
from profiles.simredis.values import Hash, List, Set, Stream, Value, ZSet

__all__ = ["Keyspace", "Snapshot", "Watcher"]

_MAX_SCANS = 100

C = TypeVar("C", Hash, List, Set, Stream, ZSet)


class Watcher(Protocol):
    """A client in WATCH."""

    watched_changed: bool


class Snapshot(NamedTuple):
    """What a database held at one moment: a restore of it is what a replica without the last writes has."""

    values: dict[bytes, Value]
    expiry: dict[bytes, int]


class Keyspace:
    """Keys and values. `now_ms` is set by the server before each command, and stands still within a script."""

    __slots__ = ("_expiry", "_scan_count", "_scans", "_values", "_watchers", "now_ms")

    def __init__(self) -> None:
        self.now_ms = 0
        self._scans: dict[int, list[bytes]] = {}
        self._scan_count = 0
        self._values: dict[bytes, Value] = {}
        self._expiry: dict[bytes, int] = {}
        self._watchers: dict[bytes, list[Watcher]] = {}

    def get(self, key: bytes) -> Value | None:
        """The value of a live key."""
        when = self._expiry.get(key)
        if when is not None and when < self.now_ms:
            self.delete(key)
            return None
        return self._values.get(key)

    def string(self, key: bytes) -> bytes | None:
        """The value of a key that must be a string or missing."""
        value = self.get(key)
        if value is None or type(value) is bytes:
            return value
        raise wrong_type()

    def read(self, key: bytes, kind: type[C]) -> C | None:
        """The value of a key that must be of this kind or missing."""
        value = self.get(key)
        if value is None or type(value) is kind:
            return value
        raise wrong_type()

    def open(self, key: bytes, kind: type[C]) -> C:
        """As `read`, made empty where missing, and about to change."""
        value = self.read(key, kind)
        if value is None:
            value = self._values[key] = kind()
        self.touch(key)
        return value

    def close(self, key: bytes, value: Hash | List | Set | ZSet) -> None:
        """After a removal: a key never holds an empty container."""
        if value:
            self.touch(key)
        else:
            self.delete(key)

    def put(self, key: bytes, value: Value, expires_ms: int | None = None) -> None:
        """Replaces whatever was there, its expiry too."""
        self._values[key] = value
        if expires_ms is not None:
            self._expiry[key] = expires_ms
        elif key in self._expiry:
            del self._expiry[key]
        self.touch(key)

    def replace(self, key: bytes, value: bytes) -> None:
        """Puts a string and keeps the expiry."""
        self._values[key] = value
        self.touch(key)

    def delete(self, key: bytes) -> bool:
        """Whether the key was there, expired or not."""
        self._expiry.pop(key, None)
        if self._values.pop(key, None) is None:
            return False
        self.touch(key)
        return True

    def expiry_ms(self, key: bytes) -> int | None:
        """When a live key ends, Unix ms."""
        return self._expiry.get(key)

    def expire(self, key: bytes, when_ms: int | None) -> None:
        """Sets or removes the expiry of a live key; a time in the past deletes it."""
        if when_ms is None:
            self._expiry.pop(key, None)
        elif when_ms <= self.now_ms:
            self.delete(key)
            return
        else:
            self._expiry[key] = when_ms
        self.touch(key)

    def live_keys(self) -> Iterator[bytes]:
        """The live keys, oldest first."""
        for key in [*self._values]:
            if self.get(key) is not None:
                yield key

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next keys of a scan, and where it goes on, 0 at its end.

        A scan sees the keys that were there when it began, without those that are gone by then. Only the latest
        hundred scans can go on; an older one ends.
        """
        keys = self._scans.pop(cursor, []) if cursor else list(self.live_keys())
        batch, rest = keys[:count], keys[count:]
        cursor = 0
        if rest:
            cursor = self._scan_count = self._scan_count + 1
            self._scans[cursor] = rest
            self._scans.pop(cursor - _MAX_SCANS, None)
        return cursor, [key for key in batch if self.get(key) is not None]

    def clear(self) -> None:
        """Deletes everything."""
        for key in [*self._values]:
            self.delete(key)

    def snapshot(self) -> "Snapshot":
        """All of it as it is now."""
        return Snapshot(copy.deepcopy(self._values), dict(self._expiry))

    def restore(self, snapshot: "Snapshot") -> None:
        """Everything as it was then; clients in WATCH are not told."""
        self._values = copy.deepcopy(snapshot.values)
        self._expiry = dict(snapshot.expiry)

    def watch(self, key: bytes, watcher: Watcher) -> None:
        """Sets the watcher's flag when the key changes."""
        self._watchers.setdefault(key, []).append(watcher)

    def unwatch(self, key: bytes, watcher: Watcher) -> None:
        """Undoes `watch`."""
        if key in self._watchers:
            self._watchers[key] = [other for other in self._watchers[key] if other is not watcher]
            if not self._watchers[key]:
                del self._watchers[key]

    def touch(self, key: bytes) -> None:
        """Says that the key has changed."""
        if self._watchers:
            for watcher in self._watchers.get(key, ()):
                watcher.watched_changed = True
