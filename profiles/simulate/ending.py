"""What the store and the process look like when all is over."""

from typing import Any

import msgspec

from profiles.simredis.keyspace import Keyspace
from profiles.simredis.values import Hash, Set, Stream, ZSet
from profiles.simulate.history import Left, Placed, Stored
from profiles.simulate.scene import Scene
from service.store import keys

__all__ = ["CHORES", "CONNECTIONS", "look"]

CHORES = (
    "control",
    "events",
    "experiments",
    "flags",
    "guardrails",
    "loop lag",
    "outbox",
    "reconciler",
    "stats",
    "sweep",
    "sweep in doubt",
    "warmer",
)
"""The background tasks that a bot has when it has nothing to do."""

CONNECTIONS = 1 + 16 + 1
"""The most that a bot holds open."""

_FOR_EVER = (
    "account:",
    "alias:",
    "contacts:",
    "events",
    "flags",
    "inbox",
    "moved:",
    "payment:",
    "payments:",
    "phone:",
    "stats:instances",
    "usage",
    "wallet:",
)
"""What the names of keys that never expire begin with."""


def look(scene: Scene, connections: int) -> None:
    """Takes it all down in the history. The process is idle and still runs."""
    database = scene.redis.data.databases[0]
    users, open_ones = _users(database), set()
    queue = database.get(keys.PAYMENTS_HUMAN.encode())
    for key, value in scene.payments():
        name = key.decode().removeprefix("payment:")
        is_queued = isinstance(queue, Set) and name.encode() in queue
        scene.history.add(_stored(scene.now_s, name, value, users, is_queued=is_queued))
        if is_queued:
            open_ones.add(f"open:{msgspec.json.decode(value[b'body'])['user']}")
    for place, name in enumerate(_accepted(database)):
        scene.history.add(Placed(scene.now_s, name, place))
    _left(scene, "inbox", _size(database.get(keys.INBOX.encode())))
    _left(scene, "outbox", _size(database.get(keys.OUTBOX.encode())))
    _left(scene, "outbox order", _size(database.get(keys.OUTBOX_ORDER.encode())))
    tasks = tuple(sorted(name for task in scene.tasks_of_bot() if (name := task.get_name()) not in CHORES))
    _left(scene, "tasks beside the chores", len(tasks), names=tasks)
    lasting = tuple(sorted(set(_lasting(database)) - open_ones))  # who waits for a person keeps the payment at hand
    _left(scene, "keys that never expire and are no records", len(lasting), names=lasting)
    _left(scene, "connections", connections, limit=CONNECTIONS)


def _left(scene: Scene, what: str, count: int, *, limit: int = 0, names: tuple[str, ...] = ()) -> None:
    scene.history.add(Left(scene.now_s, what, count, limit, names[:10]))


def _users(database: Keyspace) -> dict[str, str]:
    """WhatsApp ids by the bot's own ids of users."""
    found = {}
    for key in database.live_keys():
        if key.startswith(b"alias:") and isinstance(user := database.get(key), bytes):
            found[user.decode()] = key.decode().removeprefix("alias:")
    return found


def _stored(at_s: float, name: str, value: Hash, users: dict[str, str], *, is_queued: bool) -> Stored:
    body: dict[str, Any] = msgspec.json.decode(value[b"body"])
    return Stored(
        at_s,
        name,
        users.get(body["user"], body["user"]),
        body["amount_cents"],
        value[b"state"].decode(),
        body["target"]["payment_hash"],
        body["confirmed_by"],
        body["alarm"],
        is_queued,
    )


def _accepted(database: Keyspace) -> list[str]:
    """The messages in the order in which they came into the inbox, by the ids of their entries."""
    entries = []
    for key in database.live_keys():
        if key.startswith(b"claim:wamid.") and isinstance(claim := database.get(key), bytes):
            milliseconds, _, sequence = claim.split(b" ")[1].partition(b"-")
            entries.append((int(milliseconds), int(sequence), key.decode().removeprefix("claim:")))
    return [name for _, _, name in sorted(entries)]


def _lasting(database: Keyspace) -> list[str]:
    return [
        name
        for key in database.live_keys()
        if database.expiry_ms(key) is None and not (name := key.decode()).startswith(_FOR_EVER)
    ]


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (Hash, Stream, ZSet)) else 0
