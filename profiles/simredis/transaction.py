"""MULTI, EXEC and WATCH of one client."""

from profiles.simredis.arguments import Argv
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, Reply, ReplyError

__all__ = ["Transaction"]


class Transaction:
    """Commands put aside until EXEC, and the keys that must not change before it."""

    __slots__ = ("_watched", "queue", "spoiled", "watched_changed")

    def __init__(self) -> None:
        self.queue: list[Argv] | None = None
        self.spoiled = False
        self.watched_changed = False
        self._watched: list[tuple[Keyspace, bytes]] = []

    def begin(self) -> Reply:
        """MULTI."""
        self._outside("multi")
        self.queue, self.spoiled = [], False
        return OK

    def discard(self) -> Reply:
        """DISCARD."""
        if self.queue is None:
            raise ReplyError("ERR DISCARD without MULTI")
        self.queue = None
        return self.unwatch()

    def take(self) -> list[Argv] | None:
        """EXEC: the commands to run now; None when a watched key has changed, or has expired."""
        if self.queue is None:
            raise ReplyError("ERR EXEC without MULTI")
        queue, self.queue = self.queue, None
        for db, key in self._watched:
            db.get(key)
        changed = self.watched_changed
        self.unwatch()
        if self.spoiled:
            raise ReplyError("EXECABORT Transaction discarded because of previous errors.")
        return None if changed else queue

    def watch(self, db: Keyspace, keys: list[bytes]) -> Reply:
        """WATCH."""
        self._outside("watch")
        for key in keys:
            db.get(key)  # one that has expired already is watched as missing
            db.watch(key, self)
            self._watched.append((db, key))
        return OK

    def unwatch(self) -> Reply:
        """UNWATCH, and what ends every transaction."""
        for db, key in self._watched:
            db.unwatch(key, self)
        self._watched, self.watched_changed = [], False
        return OK

    def _outside(self, command: str) -> None:
        if self.queue is not None:
            self.spoiled = True
            raise ReplyError(f"ERR Command '{command}' not allowed inside a transaction")
