"""Commands on strings."""

from collections.abc import Mapping

from profiles.simredis.arguments import Argv, number, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, Reply, ReplyError, syntax_error

__all__ = ["COMMANDS", "deadline_ms"]

_SET_OPTIONS = {b"NX": 0, b"XX": 0, b"GET": 0, b"KEEPTTL": 0, b"EX": 1, b"PX": 1, b"EXAT": 1, b"PXAT": 1}
_TTL_OPTIONS = (b"EX", b"PX", b"EXAT", b"PXAT")
_MAX = 2**63 - 1


def deadline_ms(db: Keyspace, unit: bytes, text: bytes, command: str) -> int:
    """When a key ends that lives for so long (EX, PX) or until then (EXAT, PXAT), Unix ms."""
    amount = number(text)
    when = amount * 1000 if unit in {b"EX", b"EXAT"} else amount
    when += 0 if unit.endswith(b"AT") else db.now_ms
    if amount <= 0 or when > _MAX:
        raise ReplyError(f"ERR invalid expire time in '{command}' command")
    return when


def _get(db: Keyspace, argv: Argv) -> Reply:
    return db.string(argv[1])


def _set(db: Keyspace, argv: Argv) -> Reply:
    if len(argv) == 3:  # noqa: PLR2004 - SET key value
        db.put(argv[1], argv[2])
        return OK
    found = options(argv[3:], _SET_OPTIONS)
    return _set_if(db, argv[1], argv[2], found, _set_deadline_ms(db, found))


def _set_deadline_ms(db: Keyspace, found: dict[bytes, Argv]) -> int | None:
    """When the new value ends; checks which options go together."""
    units = [unit for unit in _TTL_OPTIONS if unit in found]
    if len(units) + (b"KEEPTTL" in found) > 1 or {b"NX", b"XX"} <= found.keys():
        raise syntax_error()
    return deadline_ms(db, units[0], found[units[0]][0], "set") if units else None


def _set_if(db: Keyspace, key: bytes, value: bytes, found: dict[bytes, Argv], expires_ms: int | None) -> Reply:
    before = db.string(key) if b"GET" in found else None
    exists = db.get(key) is not None
    refused = (b"NX" in found and exists) or (b"XX" in found and not exists)
    if not refused:
        db.put(key, value, db.expiry_ms(key) if b"KEEPTTL" in found else expires_ms)
    if b"GET" in found:
        return before
    return None if refused else OK


def _setex(db: Keyspace, argv: Argv) -> Reply:
    name = argv[0].decode().lower()
    db.put(argv[1], argv[3], deadline_ms(db, b"PX" if name == "psetex" else b"EX", argv[2], name))
    return OK


def _setnx(db: Keyspace, argv: Argv) -> Reply:
    if db.get(argv[1]) is not None:
        return 0
    db.put(argv[1], argv[2])
    return 1


def _getset(db: Keyspace, argv: Argv) -> Reply:
    before = db.string(argv[1])
    db.put(argv[1], argv[2])
    return before


def _getdel(db: Keyspace, argv: Argv) -> Reply:
    value = db.string(argv[1])
    db.delete(argv[1])
    return value


def _getex(db: Keyspace, argv: Argv) -> Reply:
    found = options(argv[2:], {b"PERSIST": 0, b"EX": 1, b"PX": 1, b"EXAT": 1, b"PXAT": 1})
    if len(found) > 1:
        raise syntax_error()
    whens = [deadline_ms(db, unit, words[0], "getex") if words else None for unit, words in found.items()]
    value = db.string(argv[1])
    if value is not None:
        for when in whens:
            db.expire(argv[1], when)
    return value


def _mget(db: Keyspace, argv: Argv) -> Reply:
    values = [db.get(key) for key in argv[1:]]
    return [value if type(value) is bytes else None for value in values]


def _pairs(argv: Argv, command: str) -> list[tuple[bytes, bytes]]:
    if len(argv) % 2 == 0:
        raise ReplyError(f"ERR wrong number of arguments for '{command}' command")
    return list(zip(argv[1::2], argv[2::2], strict=True))


def _mset(db: Keyspace, argv: Argv) -> Reply:
    for key, value in _pairs(argv, "mset"):
        db.put(key, value)
    return OK


def _msetnx(db: Keyspace, argv: Argv) -> Reply:
    pairs = _pairs(argv, "msetnx")
    if any(db.get(key) is not None for key, _ in pairs):
        return 0
    for key, value in pairs:
        db.put(key, value)
    return 1


def _add(db: Keyspace, key: bytes, amount: int) -> int:
    before = db.string(key)
    total = (0 if before is None else number(before)) + amount
    if not -_MAX - 1 <= total <= _MAX:
        raise ReplyError("ERR increment or decrement would overflow")
    db.replace(key, b"%d" % total)
    return total


def _decrby(db: Keyspace, argv: Argv) -> Reply:
    amount = number(argv[2])
    if amount == -_MAX - 1:
        raise ReplyError("ERR decrement would overflow")
    return _add(db, argv[1], -amount)


def _append(db: Keyspace, argv: Argv) -> Reply:
    value = (db.string(argv[1]) or b"") + argv[2]
    db.replace(argv[1], value)
    return len(value)


def _getrange(db: Keyspace, argv: Argv) -> Reply:
    start, end = number(argv[2]), number(argv[3])
    value = db.string(argv[1]) or b""
    if start < 0 and end < 0 and start > end:
        return b""
    first, last = (max(index + len(value), 0) if index < 0 else index for index in (start, end))
    return value[first : last + 1]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"GET": KeyCommand(_get, 2),
    b"SET": KeyCommand(_set, -3),
    b"SETEX": KeyCommand(_setex, 4),
    b"PSETEX": KeyCommand(_setex, 4),
    b"SETNX": KeyCommand(_setnx, 3),
    b"GETSET": KeyCommand(_getset, 3),
    b"GETDEL": KeyCommand(_getdel, 2),
    b"GETEX": KeyCommand(_getex, -2),
    b"MGET": KeyCommand(_mget, -2),
    b"MSET": KeyCommand(_mset, -3),
    b"MSETNX": KeyCommand(_msetnx, -3),
    b"INCR": KeyCommand(lambda db, argv: _add(db, argv[1], 1), 2),
    b"DECR": KeyCommand(lambda db, argv: _add(db, argv[1], -1), 2),
    b"INCRBY": KeyCommand(lambda db, argv: _add(db, argv[1], number(argv[2])), 3),
    b"DECRBY": KeyCommand(_decrby, 3),
    b"APPEND": KeyCommand(_append, 3),
    b"STRLEN": KeyCommand(lambda db, argv: len(db.string(argv[1]) or b""), 2),
    b"GETRANGE": KeyCommand(_getrange, 4),
}
