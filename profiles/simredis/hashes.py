"""Commands on hashes."""

from collections.abc import Mapping

from profiles.simredis.arguments import Argv, glob, number, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, Reply, ReplyError
from profiles.simredis.values import Hash

__all__ = ["COMMANDS"]

_MAX = 2**63 - 1


def _read(db: Keyspace, key: bytes) -> Mapping[bytes, bytes]:
    found = db.read(key, Hash)
    return {} if found is None else found


def _hset(db: Keyspace, argv: Argv) -> Reply:
    if len(argv) % 2:
        raise ReplyError(f"ERR wrong number of arguments for '{argv[0].decode().lower()}' command")
    found = db.open(argv[1], Hash)
    before = len(found)
    found.update(zip(argv[2::2], argv[3::2], strict=True))
    return len(found) - before


def _hmset(db: Keyspace, argv: Argv) -> Reply:
    _hset(db, argv)
    return OK


def _hsetnx(db: Keyspace, argv: Argv) -> Reply:
    if argv[2] in _read(db, argv[1]):
        return 0
    db.open(argv[1], Hash)[argv[2]] = argv[3]
    return 1


def _hdel(db: Keyspace, argv: Argv) -> Reply:
    found = db.read(argv[1], Hash)
    if found is None:
        return 0
    gone = sum(found.pop(field, None) is not None for field in argv[2:])
    if gone:
        db.close(argv[1], found)
    return gone


def _hmget(db: Keyspace, argv: Argv) -> Reply:
    found = _read(db, argv[1])
    return [found.get(field) for field in argv[2:]]


def _hincrby(db: Keyspace, argv: Argv) -> Reply:
    amount = number(argv[3])
    before = _read(db, argv[1]).get(argv[2], b"0")
    total = number(before, "ERR hash value is not an integer") + amount
    if not -_MAX - 1 <= total <= _MAX:
        raise ReplyError("ERR increment or decrement would overflow")
    db.open(argv[1], Hash)[argv[2]] = b"%d" % total
    return total


def _hscan(db: Keyspace, argv: Argv) -> Reply:
    """All in one step, as the server does for small hashes."""
    number(argv[2], "ERR invalid cursor")
    found = options(argv[3:], {b"MATCH": 1, b"COUNT": 1})
    pattern = glob(found[b"MATCH"][0]) if b"MATCH" in found else None
    fields = _read(db, argv[1]).items()
    return [
        b"0",
        [item for pair in fields if pattern is None or pattern.fullmatch(pair[0]) for item in pair],
    ]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"HSET": KeyCommand(_hset, -4),
    b"HMSET": KeyCommand(_hmset, -4),
    b"HSETNX": KeyCommand(_hsetnx, 4),
    b"HGET": KeyCommand(lambda db, argv: _read(db, argv[1]).get(argv[2]), 3),
    b"HMGET": KeyCommand(_hmget, -3),
    b"HGETALL": KeyCommand(lambda db, argv: dict(_read(db, argv[1])), 2),
    b"HDEL": KeyCommand(_hdel, -3),
    b"HEXISTS": KeyCommand(lambda db, argv: int(argv[2] in _read(db, argv[1])), 3),
    b"HKEYS": KeyCommand(lambda db, argv: list(_read(db, argv[1])), 2),
    b"HVALS": KeyCommand(lambda db, argv: list(_read(db, argv[1]).values()), 2),
    b"HLEN": KeyCommand(lambda db, argv: len(_read(db, argv[1])), 2),
    b"HSTRLEN": KeyCommand(lambda db, argv: len(_read(db, argv[1]).get(argv[2], b"")), 3),
    b"HINCRBY": KeyCommand(_hincrby, 4),
    b"HSCAN": KeyCommand(_hscan, -3),
}
