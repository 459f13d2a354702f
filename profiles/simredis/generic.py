"""Commands on keys of any type."""

from collections.abc import Mapping

from profiles.simredis.arguments import Argv, glob, number, option_integer, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, Reply, ReplyError, Status, syntax_error
from profiles.simredis.values import type_name

__all__ = ["COMMANDS"]

_MAX = 2**63 - 1
_EXPIRE_UNITS = {b"EXPIRE": 1000, b"EXPIREAT": 1000, b"PEXPIRE": 1, b"PEXPIREAT": 1}


def _del(db: Keyspace, argv: Argv) -> Reply:
    return sum(db.get(key) is not None and db.delete(key) for key in argv[1:])


def _exists(db: Keyspace, argv: Argv) -> Reply:
    return sum(db.get(key) is not None for key in argv[1:])


def _expire(db: Keyspace, argv: Argv) -> Reply:
    name, key = argv[0].upper(), argv[1]
    conditions = frozenset(word.upper() for word in argv[3:])
    _check_conditions(conditions)
    when = number(argv[2]) * _EXPIRE_UNITS[name] + (0 if name.endswith(b"AT") else db.now_ms)
    if not -_MAX - 1 <= when <= _MAX:
        raise ReplyError(f"ERR invalid expire time in '{argv[0].decode().lower()}' command")
    if db.get(key) is None or not _may_expire(conditions, db.expiry_ms(key), when):
        return 0
    db.expire(key, when)
    return 1


def _check_conditions(conditions: frozenset[bytes]) -> None:
    for unknown in conditions - {b"NX", b"XX", b"GT", b"LT"}:
        raise ReplyError(f"ERR Unsupported option {unknown.decode(errors='replace')}")
    if b"NX" in conditions and len(conditions) > 1:
        raise ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible")
    if conditions >= {b"GT", b"LT"}:
        raise ReplyError("ERR GT and LT options at the same time are not compatible")


def _may_expire(conditions: frozenset[bytes], current: int | None, when: int) -> bool:
    """Without an expiry a key lives for ever: nothing is greater, everything is less."""
    met = {
        b"NX": current is None,
        b"XX": current is not None,
        b"GT": current is not None and when > current,
        b"LT": current is None or when < current,
    }
    return all(met[condition] for condition in conditions)


def _left_ms(db: Keyspace, key: bytes) -> int:
    if db.get(key) is None:
        return -2
    when = db.expiry_ms(key)
    return -1 if when is None else max(when - db.now_ms, 0)


def _ttl(db: Keyspace, argv: Argv) -> Reply:
    left = _left_ms(db, argv[1])
    return left if left < 0 else (left + 500) // 1000


def _expiretime_ms(db: Keyspace, key: bytes) -> int:
    left = _left_ms(db, key)
    return left if left < 0 else left + db.now_ms


def _expiretime(db: Keyspace, argv: Argv) -> Reply:
    when = _expiretime_ms(db, argv[1])
    return when if when < 0 else (when + 500) // 1000


def _persist(db: Keyspace, argv: Argv) -> Reply:
    if db.get(argv[1]) is None or db.expiry_ms(argv[1]) is None:
        return 0
    db.expire(argv[1], None)
    return 1


def _move(db: Keyspace, source: bytes, target: bytes) -> None:
    value = db.get(source)
    if value is None:
        raise ReplyError("ERR no such key")
    expires_ms = db.expiry_ms(source)
    db.delete(source)
    db.put(target, value, expires_ms)


def _rename(db: Keyspace, argv: Argv) -> Reply:
    _move(db, argv[1], argv[2])
    return OK


def _renamenx(db: Keyspace, argv: Argv) -> Reply:
    if db.get(argv[1]) is not None and db.get(argv[2]) is not None:
        return 0
    _move(db, argv[1], argv[2])
    return 1


def _keys(db: Keyspace, argv: Argv) -> Reply:
    pattern = glob(argv[1])
    return [key for key in db.live_keys() if pattern.fullmatch(key)]


def _scan(db: Keyspace, argv: Argv) -> Reply:
    cursor = number(argv[1], "ERR invalid cursor")
    found = options(argv[2:], {b"MATCH": 1, b"COUNT": 1, b"TYPE": 1})
    count = option_integer(found, b"COUNT", 10)
    if count < 1:
        raise syntax_error()
    cursor, keys = db.scan(cursor, count)
    if b"MATCH" in found:
        pattern = glob(found[b"MATCH"][0])
        keys = [key for key in keys if pattern.fullmatch(key)]
    if b"TYPE" in found:
        keys = [key for key in keys if type_name(db.get(key)) == found[b"TYPE"][0].lower()]
    return [b"%d" % cursor, keys]


def _flushdb(db: Keyspace, _: Argv) -> Reply:
    db.clear()
    return OK


def _time(db: Keyspace, _: Argv) -> Reply:
    seconds, ms = divmod(db.now_ms, 1000)
    return [b"%d" % seconds, b"%d" % (ms * 1000)]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"DEL": KeyCommand(_del, -2),
    b"UNLINK": KeyCommand(_del, -2),
    b"EXISTS": KeyCommand(_exists, -2),
    b"TOUCH": KeyCommand(_exists, -2),
    b"EXPIRE": KeyCommand(_expire, -3),
    b"PEXPIRE": KeyCommand(_expire, -3),
    b"EXPIREAT": KeyCommand(_expire, -3),
    b"PEXPIREAT": KeyCommand(_expire, -3),
    b"TTL": KeyCommand(_ttl, 2),
    b"PTTL": KeyCommand(lambda db, argv: _left_ms(db, argv[1]), 2),
    b"EXPIRETIME": KeyCommand(_expiretime, 2),
    b"PEXPIRETIME": KeyCommand(lambda db, argv: _expiretime_ms(db, argv[1]), 2),
    b"PERSIST": KeyCommand(_persist, 2),
    b"TYPE": KeyCommand(lambda db, argv: Status(type_name(db.get(argv[1]))), 2),
    b"RENAME": KeyCommand(_rename, 3),
    b"RENAMENX": KeyCommand(_renamenx, 3),
    b"KEYS": KeyCommand(_keys, 2),
    b"SCAN": KeyCommand(_scan, -2),
    b"DBSIZE": KeyCommand(lambda db, _: sum(1 for _ in db.live_keys()), 1),
    b"FLUSHDB": KeyCommand(_flushdb, -1),
    b"FLUSHALL": KeyCommand(_flushdb, -1),
    b"PING": KeyCommand(lambda _, argv: argv[1] if len(argv) > 1 else Status(b"PONG"), -1),
    b"ECHO": KeyCommand(lambda _, argv: argv[1], 2),
    b"TIME": KeyCommand(_time, 1),
}
