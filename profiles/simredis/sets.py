"""Commands on sets. Those that choose a member by chance are left out."""

from collections.abc import Callable, Collection, Mapping

from profiles.simredis.arguments import Argv, glob, number, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import Reply, Unordered
from profiles.simredis.values import Set

__all__ = ["COMMANDS"]


def _read(db: Keyspace, key: bytes) -> Collection[bytes]:
    found = db.read(key, Set)
    return () if found is None else found


def _sadd(db: Keyspace, argv: Argv) -> Reply:
    found = db.open(argv[1], Set)
    before = len(found)
    found.update(dict.fromkeys(argv[2:]))
    return len(found) - before


def _srem(db: Keyspace, argv: Argv) -> Reply:
    found = db.read(argv[1], Set)
    if found is None:
        return 0
    before = len(found)
    for member in argv[2:]:
        found.pop(member, None)
    gone = before - len(found)
    if gone:
        db.close(argv[1], found)
    return gone


def _smismember(db: Keyspace, argv: Argv) -> Reply:
    found = _read(db, argv[1])
    return [int(member in found) for member in argv[2:]]


def _smove(db: Keyspace, argv: Argv) -> Reply:
    source, target, member = argv[1:4]
    if db.read(source, Set) is None:
        return 0
    _read(db, target)
    if member not in _read(db, source):
        return 0
    if source != target:
        _srem(db, [b"SREM", source, member])
        _sadd(db, [b"SADD", target, member])
    return 1


def _combine(keep: Callable[[bytes, list[Collection[bytes]]], bool], db: Keyspace, argv: Argv) -> Reply:
    first, *rest = [_read(db, key) for key in argv[1:]]
    return Unordered(member for member in first if keep(member, rest))


def _sunion(db: Keyspace, argv: Argv) -> Reply:
    return Unordered(dict.fromkeys(member for key in argv[1:] for member in _read(db, key)))


def _in_all(member: bytes, others: list[Collection[bytes]]) -> bool:
    return all(member in other for other in others)


def _in_none(member: bytes, others: list[Collection[bytes]]) -> bool:
    return not any(member in other for other in others)


def _sscan(db: Keyspace, argv: Argv) -> Reply:
    """All in one step, as the server does for small sets."""
    number(argv[2], "ERR invalid cursor")
    found = options(argv[3:], {b"MATCH": 1, b"COUNT": 1})
    pattern = glob(found[b"MATCH"][0]) if b"MATCH" in found else None
    return [
        b"0",
        [member for member in _read(db, argv[1]) if pattern is None or pattern.fullmatch(member)],
    ]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"SADD": KeyCommand(_sadd, -3),
    b"SREM": KeyCommand(_srem, -3),
    b"SISMEMBER": KeyCommand(lambda db, argv: int(argv[2] in _read(db, argv[1])), 3),
    b"SMISMEMBER": KeyCommand(_smismember, -3),
    b"SMEMBERS": KeyCommand(lambda db, argv: Unordered(_read(db, argv[1])), 2),
    b"SCARD": KeyCommand(lambda db, argv: len(_read(db, argv[1])), 2),
    b"SMOVE": KeyCommand(_smove, 4),
    b"SINTER": KeyCommand(lambda db, argv: _combine(_in_all, db, argv), -2),
    b"SDIFF": KeyCommand(lambda db, argv: _combine(_in_none, db, argv), -2),
    b"SUNION": KeyCommand(_sunion, -2),
    b"SSCAN": KeyCommand(_sscan, -3),
}
