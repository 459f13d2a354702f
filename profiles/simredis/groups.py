"""Consumer groups of streams: made, read for what is new, acknowledged, and claimed from those who are gone.

What a consumer has not acknowledged can be claimed, not read again by itself: nobody here asks for that.
"""

from bisect import bisect_right
from collections.abc import Mapping

from profiles.simredis.arguments import Argv, number, option_integer, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import OK, ByKey, Reply, ReplyError, syntax_error
from profiles.simredis.streams import id_text, parse_id
from profiles.simredis.values import Group, Pending, Stream, StreamId

__all__ = ["COMMANDS"]

_NO_KEY = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option "
    "to create an empty stream automatically."
)
_CLAIMED = 100
_READ_WORDS = 7  # XREADGROUP GROUP g c STREAMS key >


def _text(word: bytes) -> str:
    return word.decode("utf-8", "surrogateescape")


def _group(db: Keyspace, key: bytes, name: bytes, end: str = "") -> tuple[Stream, Group]:
    stream = db.read(key, Stream)
    group = stream.groups.get(name) if stream is not None else None
    if stream is None or group is None:
        raise ReplyError(f"NOGROUP No such key '{_text(key)}' or consumer group '{_text(name)}'{end}")
    return stream, group


def _xgroup(db: Keyspace, argv: Argv) -> Reply:
    if argv[1].upper() != b"CREATE" or len(argv) not in {5, 6}:
        raise syntax_error()
    makes = argv[5:] and argv[5].upper() == b"MKSTREAM"
    stream = db.read(argv[2], Stream)
    if stream is None and not makes:
        raise ReplyError(_NO_KEY)
    last_id = None if argv[4] == b"$" else parse_id(argv[4], 0)
    stream = db.open(argv[2], Stream)
    if argv[3] in stream.groups:
        raise ReplyError("BUSYGROUP Consumer Group name already exists")
    stream.groups[argv[3]] = Group(stream.last_id if last_id is None else last_id)
    return OK


def _xreadgroup(db: Keyspace, argv: Argv) -> Reply:
    if len(argv) < _READ_WORDS or argv[1].upper() != b"GROUP" or argv[-3].upper() != b"STREAMS" or argv[-1] != b">":
        raise syntax_error()
    found = options(argv[4:-3], {b"COUNT": 1})
    count, key = option_integer(found, b"COUNT", 0), argv[-2]
    stream, group = _group(db, key, argv[2], " in XREADGROUP with GROUP option")
    new = stream.ids[bisect_right(stream.ids, group.last_id) :]
    new = new[:count] if count > 0 else new
    if not new:
        return None
    db.touch(key)
    group.last_id = new[-1]
    for one in new:
        group.pending[one] = Pending(argv[3], db.now_ms, 1)
    return ByKey([(key, _show(stream, new))])


def _show(stream: Stream, ids: list[StreamId]) -> list[Reply]:
    return [[id_text(one), list(stream.entries[one])] for one in ids]


def _xack(db: Keyspace, argv: Argv) -> Reply:
    stream = db.read(argv[1], Stream)
    group = stream.groups.get(argv[2]) if stream is not None else None
    if group is None:
        return 0
    ids = [parse_id(text, 0) for text in argv[3:]]
    db.touch(argv[1])
    return sum(group.pending.pop(one, None) is not None for one in ids)


def _xpending(db: Keyspace, argv: Argv) -> Reply:
    """The long form, over all entries: XPENDING key group IDLE ms - + count."""
    if len(argv) != 8 or argv[3].upper() != b"IDLE" or argv[5:7] != [b"-", b"+"]:  # noqa: PLR2004 - the words of that form
        raise syntax_error()
    idle_ms, count = number(argv[4]), number(argv[7])
    _, group = _group(db, argv[1], argv[2])
    waiting = sorted((one, held) for one, held in group.pending.items() if db.now_ms - held.at_ms >= idle_ms)
    return [[id_text(one), held.consumer, db.now_ms - held.at_ms, held.tries] for one, held in waiting[:count]]


def _xautoclaim(db: Keyspace, argv: Argv) -> Reply:
    idle_ms, first = number(argv[4]), parse_id(argv[5], 0)
    count = option_integer(options(argv[6:], {b"COUNT": 1}), b"COUNT", _CLAIMED)
    stream, group = _group(db, argv[1], argv[2])
    waiting = sorted(one for one in group.pending if one >= first)
    taken: list[StreamId] = []
    gone: list[StreamId] = []
    following: StreamId = (0, 0)
    for one in waiting:
        if len(taken) + len(gone) >= count:
            following = one
            break
        held = group.pending[one]
        if db.now_ms - held.at_ms < idle_ms:
            continue
        if one in stream.entries:
            group.pending[one] = Pending(argv[3], db.now_ms, held.tries + 1)
            taken.append(one)
        else:
            del group.pending[one]
            gone.append(one)
    db.touch(argv[1])
    return [id_text(following), _show(stream, taken), [id_text(one) for one in gone]]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"XGROUP": KeyCommand(_xgroup, -2),
    b"XREADGROUP": KeyCommand(_xreadgroup, -7),
    b"XACK": KeyCommand(_xack, -4),
    b"XPENDING": KeyCommand(_xpending, -3),
    b"XAUTOCLAIM": KeyCommand(_xautoclaim, -6),
}
