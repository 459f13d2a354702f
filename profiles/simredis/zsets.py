"""Commands on sorted sets."""

from collections.abc import Callable, Mapping
from functools import partial

from profiles.simredis.arguments import Argv, clip_range, number, options, score, score_bound
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import Pairs, Reply, ReplyError, syntax_error
from profiles.simredis.values import ZSet

__all__ = ["COMMANDS"]

_Ranked = list[tuple[float, bytes]]
_FLAGS = (b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR")


def _ranked(db: Keyspace, key: bytes) -> _Ranked:
    found = db.read(key, ZSet)
    return [] if found is None else found.ranked


def _zadd(db: Keyspace, argv: Argv) -> Reply:
    split = 2
    while split < len(argv) and argv[split].upper() in _FLAGS:
        split += 1
    flags = frozenset(word.upper() for word in argv[2:split])
    words = argv[split:]
    _check_flags(flags, words)
    scores = [score(text) for text in words[::2]]
    db.read(argv[1], ZSet)
    if b"INCR" in flags:
        return _increase(db, argv[1], flags, scores[0], words[1])
    added = changed = 0
    for new, member in zip(scores, words[1::2], strict=True):
        old = _score(db, argv[1], member)
        if _allowed(flags, old, new):
            db.open(argv[1], ZSet).put(member, new)
            added += old is None
            changed += old != new
    return changed if b"CH" in flags else added


def _check_flags(flags: frozenset[bytes], words: Argv) -> None:
    if not words or len(words) % 2:
        raise syntax_error()
    if flags >= {b"NX", b"XX"}:
        raise ReplyError("ERR XX and NX options at the same time are not compatible")
    if len(flags & {b"NX", b"GT", b"LT"}) > 1:
        raise ReplyError("ERR GT, LT, and/or NX options at the same time are not compatible")
    if b"INCR" in flags and len(words) > 2:  # noqa: PLR2004 - one score, one member
        raise ReplyError("ERR INCR option supports a single increment-element pair")


def _allowed(flags: frozenset[bytes], old: float | None, new: float) -> bool:
    if old is None:
        return b"XX" not in flags
    return b"NX" not in flags and not (b"GT" in flags and new <= old) and not (b"LT" in flags and new >= old)


def _increase(db: Keyspace, key: bytes, flags: frozenset[bytes], amount: float, member: bytes) -> Reply:
    old = _score(db, key, member)
    new = (old or 0.0) + amount
    if new != new:  # noqa: PLR0124 - infinity minus infinity
        raise ReplyError("ERR resulting score is not a number (NaN)")
    if not _allowed(flags, old, new):
        return None
    db.open(key, ZSet).put(member, new)
    return new


def _score(db: Keyspace, key: bytes, member: bytes) -> float | None:
    found = db.read(key, ZSet)
    return None if found is None else found.scores.get(member)


def _zrem(db: Keyspace, argv: Argv) -> Reply:
    return _discard(db, argv[1], argv[2:])


def _discard(db: Keyspace, key: bytes, members: list[bytes]) -> int:
    found = db.read(key, ZSet)
    if found is None:
        return 0
    gone = sum([found.remove(member) for member in members])
    if gone:
        db.close(key, found)
    return gone


def _by_score(db: Keyspace, key: bytes, low: bytes, high: bytes) -> _Ranked:
    (least, above), (most, below) = score_bound(low), score_bound(high)
    return [
        item
        for item in _ranked(db, key)
        if (item[0] > least if above else item[0] >= least) and (item[0] < most if below else item[0] <= most)
    ]


def _by_rank(db: Keyspace, key: bytes, start: bytes, stop: bytes, *, reverse: bool = False) -> _Ranked:
    first, last = number(start), number(stop)
    ranked = _ranked(db, key)
    return (ranked[::-1] if reverse else ranked)[slice(*clip_range(first, last, len(ranked)))]


def _show(items: _Ranked, *, scores: bool) -> Reply:
    return Pairs((member, value) for value, member in items) if scores else [member for _, member in items]


def _limit(items: _Ranked, found: dict[bytes, Argv]) -> _Ranked:
    if b"LIMIT" not in found:
        return items
    offset, count = (number(text) for text in found[b"LIMIT"])
    if offset < 0:
        return []
    return items[offset:] if count < 0 else items[offset : offset + count]


def _zrange(db: Keyspace, argv: Argv) -> Reply:
    found = options(argv[4:], {b"BYSCORE": 0, b"REV": 0, b"LIMIT": 2, b"WITHSCORES": 0})
    if b"LIMIT" in found and b"BYSCORE" not in found:
        raise ReplyError("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
    reverse = b"REV" in found
    if b"BYSCORE" in found:
        low, high = (argv[3], argv[2]) if reverse else (argv[2], argv[3])
        items = _by_score(db, argv[1], low, high)
        items = _limit(items[::-1] if reverse else items, found)
    else:
        items = _by_rank(db, argv[1], argv[2], argv[3], reverse=reverse)
    return _show(items, scores=b"WITHSCORES" in found)


def _zrangebyscore(db: Keyspace, argv: Argv) -> Reply:
    found = options(argv[4:], {b"LIMIT": 2, b"WITHSCORES": 0})
    reverse = argv[0].upper() == b"ZREVRANGEBYSCORE"
    low, high = (argv[3], argv[2]) if reverse else (argv[2], argv[3])
    items = _by_score(db, argv[1], low, high)
    return _show(_limit(items[::-1] if reverse else items, found), scores=b"WITHSCORES" in found)


def _zrevrange(db: Keyspace, argv: Argv) -> Reply:
    found = options(argv[4:], {b"WITHSCORES": 0})
    return _show(_by_rank(db, argv[1], argv[2], argv[3], reverse=True), scores=bool(found))


def _zrank(db: Keyspace, argv: Argv) -> Reply:
    found = db.read(argv[1], ZSet)
    value = None if found is None else found.scores.get(argv[2])
    if found is None or value is None:
        return None
    rank = found.rank(argv[2], value)
    return len(found) - 1 - rank if argv[0].upper() == b"ZREVRANK" else rank


def _zpop(db: Keyspace, argv: Argv) -> Reply:
    count = number(argv[2], "ERR value is out of range, must be positive") if len(argv) > 2 else 1  # noqa: PLR2004 - an optional count
    if count < 0:
        raise ReplyError("ERR value is out of range, must be positive")
    ranked = _ranked(db, argv[1])
    items = (ranked[::-1] if argv[0].upper() == b"ZPOPMAX" else ranked)[:count]
    _discard(db, argv[1], [member for _, member in items])
    if len(argv) > 2:  # noqa: PLR2004 - as above
        return _show(items, scores=True)
    return [part for value, member in items for part in (member, value)]


def _zremrange(choose: Callable[[Keyspace, bytes, bytes, bytes], _Ranked], db: Keyspace, argv: Argv) -> Reply:
    return _discard(db, argv[1], [member for _, member in choose(db, argv[1], argv[2], argv[3])])


def _zmscore(db: Keyspace, argv: Argv) -> Reply:
    return [_score(db, argv[1], member) for member in argv[2:]]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"ZADD": KeyCommand(_zadd, -4),
    b"ZINCRBY": KeyCommand(lambda db, argv: _increase(db, argv[1], frozenset(), score(argv[2]), argv[3]), 4),
    b"ZREM": KeyCommand(_zrem, -3),
    b"ZSCORE": KeyCommand(lambda db, argv: _score(db, argv[1], argv[2]), 3),
    b"ZMSCORE": KeyCommand(_zmscore, -3),
    b"ZCARD": KeyCommand(lambda db, argv: len(_ranked(db, argv[1])), 2),
    b"ZCOUNT": KeyCommand(lambda db, argv: len(_by_score(db, argv[1], argv[2], argv[3])), 4),
    b"ZRANGE": KeyCommand(_zrange, -4),
    b"ZREVRANGE": KeyCommand(_zrevrange, -4),
    b"ZRANGEBYSCORE": KeyCommand(_zrangebyscore, -4),
    b"ZREVRANGEBYSCORE": KeyCommand(_zrangebyscore, -4),
    b"ZRANK": KeyCommand(_zrank, 3),
    b"ZREVRANK": KeyCommand(_zrank, 3),
    b"ZPOPMIN": KeyCommand(_zpop, -2),
    b"ZPOPMAX": KeyCommand(_zpop, -2),
    b"ZREMRANGEBYSCORE": KeyCommand(partial(_zremrange, _by_score), 4),
    b"ZREMRANGEBYRANK": KeyCommand(partial(_zremrange, _by_rank), 4),
}
