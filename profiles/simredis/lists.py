"""Commands on lists. Those that block are left out."""

from collections.abc import Mapping

from profiles.simredis.arguments import Argv, clip_range, number
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, Reply, ReplyError, syntax_error
from profiles.simredis.values import List

__all__ = ["COMMANDS"]

_ENDS = {b"LEFT": True, b"RIGHT": False}


def _read(db: Keyspace, key: bytes) -> List:
    found = db.read(key, List)
    return List() if found is None else found


def _push(db: Keyspace, argv: Argv) -> Reply:
    name = argv[0].upper()
    if name.endswith(b"X") and not _read(db, argv[1]):
        return 0
    found = db.open(argv[1], List)
    if name.startswith(b"L"):
        found.extendleft(argv[2:])
    else:
        found.extend(argv[2:])
    return len(found)


def _take(db: Keyspace, key: bytes, *, left: bool) -> bytes | None:
    found = db.read(key, List)
    if found is None:
        return None
    value = found.popleft() if left else found.pop()
    db.close(key, found)
    return value


def _pop(db: Keyspace, argv: Argv) -> Reply:
    left = argv[0][:1].upper() == b"L"
    if len(argv) == 2:  # noqa: PLR2004 - LPOP key
        return _take(db, argv[1], left=left)
    if len(argv) > 3:  # noqa: PLR2004 - LPOP key count
        raise ReplyError(f"ERR wrong number of arguments for '{argv[0].decode().lower()}' command")
    count = number(argv[2], "ERR value is out of range, must be positive")
    if count < 0:
        raise ReplyError("ERR value is out of range, must be positive")
    found = db.read(argv[1], List)
    if found is None:
        return None
    return [_take(db, argv[1], left=left) for _ in range(min(count, len(found)))]


def _lrange(db: Keyspace, argv: Argv) -> Reply:
    start, stop = number(argv[2]), number(argv[3])
    items = list(_read(db, argv[1]))
    return items[slice(*clip_range(start, stop, len(items)))]


def _ltrim(db: Keyspace, argv: Argv) -> Reply:
    start, stop = number(argv[2]), number(argv[3])
    found = db.read(argv[1], List)
    if found is not None:
        items = list(found)
        start, stop = clip_range(start, stop, len(items))
        found.clear()
        found.extend(items[start:stop])
        db.close(argv[1], found)
    return OK


def _lrem(db: Keyspace, argv: Argv) -> Reply:
    count = number(argv[2])
    found = db.read(argv[1], List)
    if found is None:
        return 0
    limit = abs(count) or len(found)
    if count < 0:
        found.reverse()
    gone = 0
    for _ in range(min(limit, found.count(argv[3]))):
        found.remove(argv[3])
        gone += 1
    if count < 0:
        found.reverse()
    if gone:
        db.close(argv[1], found)
    return gone


def _lindex(db: Keyspace, argv: Argv) -> Reply:
    found = db.read(argv[1], List)
    if found is None:
        return None
    index = number(argv[2])
    return found[index] if -len(found) <= index < len(found) else None


def _lset(db: Keyspace, argv: Argv) -> Reply:
    found = db.read(argv[1], List)
    if found is None:
        raise ReplyError("ERR no such key")
    index = number(argv[2])
    if not -len(found) <= index < len(found):
        raise ReplyError("ERR index out of range")
    found[index] = argv[3]
    db.touch(argv[1])
    return OK


def _lmove(db: Keyspace, argv: Argv) -> Reply:
    source, target = argv[1], argv[2]
    ends = [_ENDS.get(word.upper()) for word in argv[3:5]]
    if ends[0] is None or ends[1] is None:
        raise syntax_error()
    if db.read(source, List) is None:
        return None
    _read(db, target)
    value = _take(db, source, left=ends[0])
    assert value is not None  # noqa: S101 - a list is never empty
    _push(db, [b"LPUSH" if ends[1] else b"RPUSH", target, value])
    return value


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"LPUSH": KeyCommand(_push, -3),
    b"RPUSH": KeyCommand(_push, -3),
    b"LPUSHX": KeyCommand(_push, -3),
    b"RPUSHX": KeyCommand(_push, -3),
    b"LPOP": KeyCommand(_pop, -2),
    b"RPOP": KeyCommand(_pop, -2),
    b"LLEN": KeyCommand(lambda db, argv: len(_read(db, argv[1])), 2),
    b"LRANGE": KeyCommand(_lrange, 4),
    b"LTRIM": KeyCommand(_ltrim, 4),
    b"LREM": KeyCommand(_lrem, 4),
    b"LINDEX": KeyCommand(_lindex, 3),
    b"LSET": KeyCommand(_lset, 4),
    b"LMOVE": KeyCommand(_lmove, 5),
    b"RPOPLPUSH": KeyCommand(lambda db, argv: _lmove(db, [*argv, b"RIGHT", b"LEFT"]), 3),
}
