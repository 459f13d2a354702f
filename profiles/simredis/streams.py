"""Commands on streams, without blocking; those of consumer groups are in `groups`."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from profiles.simredis.arguments import Argv, number, option_integer, options
from profiles.simredis.command import KeyCommand
from profiles.simredis.keyspace import Keyspace
from profiles.simredis.replies import ByKey, Reply, ReplyError, syntax_error
from profiles.simredis.values import Stream, StreamId

__all__ = ["COMMANDS", "id_text", "parse_id"]

_MAX = 2**64 - 1
_INVALID_ID = "ERR Invalid stream ID specified as stream command argument"


def _part(text: bytes) -> int:
    if not text.isdigit() or int(text) > _MAX:
        raise ReplyError(_INVALID_ID)
    return int(text)


def parse_id(text: bytes, sequence: int) -> StreamId:
    """An id; without its second part it gets `sequence`."""
    ms, dash, rest = text.partition(b"-")
    return _part(ms), _part(rest) if dash else sequence


def id_text(entry_id: StreamId) -> bytes:
    """An id as it is written."""
    return b"%d-%d" % entry_id


def _asked_id(text: bytes) -> tuple[int | None, int | None]:
    """The id of an XADD; None for the parts that the server is to choose."""
    if text == b"*":
        return None, None
    if text.endswith(b"-*"):
        return _part(text[:-2]), None
    entry_id = parse_id(text, 0)
    if entry_id == (0, 0):
        raise ReplyError("ERR The ID specified in XADD must be greater than 0-0")
    return entry_id


def _next_id(stream: Stream | None, asked: tuple[int | None, int | None], now_ms: int) -> StreamId:
    last = (0, 0) if stream is None else stream.last_id
    ms, sequence = asked
    if ms is None:
        return (now_ms, 0) if now_ms > last[0] else (last[0], last[1] + 1)
    if sequence is None:
        sequence = last[1] + 1 if ms == last[0] else 0
    entry_id = (ms, sequence)
    if entry_id <= last:
        raise ReplyError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
    return entry_id


def _threshold(how: bytes, text: bytes) -> int | StreamId:
    """The length to keep, or the first id to keep."""
    if how == b"MINID":
        return parse_id(text, 0)
    length = number(text)
    if length < 0:
        raise ReplyError("ERR The MAXLEN argument must be >= 0.")
    return length


def _trim(stream: Stream, keep: int | StreamId) -> int:
    """Trims exactly; the server may keep up to a node more where it was asked for an approximate trim."""
    surplus = max(len(stream) - keep, 0) if isinstance(keep, int) else bisect_left(stream.ids, keep)
    gone = stream.ids[:surplus]
    for entry_id in gone:
        stream.remove(entry_id)
    return len(gone)


def _trim_words(words: Argv) -> tuple[Argv, int]:
    """MAXLEN or MINID and the threshold, and how many words that took."""
    how = words[0].upper()
    skip = 1 + (len(words) > 1 and words[1] in {b"=", b"~"})
    if how not in {b"MAXLEN", b"MINID"} or len(words) <= skip:
        raise syntax_error()
    limit = 2 if words[skip + 1 : skip + 2] and words[skip + 1].upper() == b"LIMIT" else 0
    return [how, words[skip]], skip + 1 + limit


def _xadd(db: Keyspace, argv: Argv) -> Reply:
    create, keep, words = _xadd_words(argv[2:])
    asked = _asked_id(words[0])
    stream = db.read(argv[1], Stream)
    if stream is None and not create:
        return None
    entry_id = _next_id(stream, asked, db.now_ms)
    stream = db.open(argv[1], Stream)
    stream.append(entry_id, words[1:])
    if keep is not None:
        _trim(stream, keep)
    return id_text(entry_id)


def _xadd_words(words: Argv) -> tuple[bool, int | StreamId | None, Argv]:
    """Whether a missing stream is to be made, what is to be kept of it, and the id with the fields."""
    create, keep = True, None
    while words and words[0].upper() in {b"NOMKSTREAM", b"MAXLEN", b"MINID"}:
        if words[0].upper() == b"NOMKSTREAM":
            create, words = False, words[1:]
        else:
            trim, used = _trim_words(words)
            keep, words = _threshold(*trim), words[used:]
    if len(words) < 3 or len(words) % 2 == 0:  # noqa: PLR2004 - an id, a field and its value
        raise ReplyError("ERR wrong number of arguments for 'xadd' command")
    return create, keep, words


def _xtrim(db: Keyspace, argv: Argv) -> Reply:
    trim, used = _trim_words(argv[2:])
    if len(argv) != 2 + used:
        raise syntax_error()
    keep = _threshold(*trim)
    return 0 if db.read(argv[1], Stream) is None else _trim(db.open(argv[1], Stream), keep)


def _bound(text: bytes, *, low: bool) -> tuple[StreamId, bool]:
    if text in {b"-", b"+"}:
        return ((0, 0) if text == b"-" else (_MAX, _MAX)), False
    excluded = text.startswith(b"(")
    return parse_id(text[excluded:], 0 if low else _MAX), excluded


def _between(stream: Stream, low: tuple[StreamId, bool], high: tuple[StreamId, bool]) -> list[StreamId]:
    (first, above), (last, below) = low, high
    start = (bisect_right if above else bisect_left)(stream.ids, first)
    stop = (bisect_left if below else bisect_right)(stream.ids, last)
    return stream.ids[start:stop]


def _show(stream: Stream, ids: list[StreamId]) -> Reply:
    return [[id_text(entry_id), list(stream.entries[entry_id])] for entry_id in ids]


def _xrange(db: Keyspace, argv: Argv) -> Reply:
    reverse = argv[0].upper() == b"XREVRANGE"
    low, high = (argv[3], argv[2]) if reverse else (argv[2], argv[3])
    found = options(argv[4:], {b"COUNT": 1})
    count = option_integer(found, b"COUNT", _MAX)
    start, stop = _bound(low, low=True), _bound(high, low=False)
    stream = db.read(argv[1], Stream)
    if stream is None:
        return []
    if count <= 0:
        return None
    ids = _between(stream, start, stop)
    return _show(stream, (ids[::-1] if reverse else ids)[:count])


def _xdel(db: Keyspace, argv: Argv) -> Reply:
    stream = db.read(argv[1], Stream)
    if stream is None:
        return 0
    ids = [parse_id(text, 0) for text in argv[2:]]
    gone = sum([stream.remove(entry_id) for entry_id in ids])
    db.touch(argv[1])
    return gone


def _xread(db: Keyspace, argv: Argv) -> Reply:
    count, words = _xread_words(argv[1:])
    keys, ids = words[: len(words) // 2], words[len(words) // 2 :]
    found = ByKey()
    for key, text in zip(keys, ids, strict=True):
        stream = db.read(key, Stream)
        after = (_MAX, _MAX) if text == b"$" else parse_id(text, 0)
        if stream is not None and (new := stream.ids[bisect_right(stream.ids, after) :]):
            found.append((key, _show(stream, new[:count])))
    return found or None


def _xread_words(words: Argv) -> tuple[int, Argv]:
    """How many entries are wanted of each stream; the keys, and as many ids."""
    count = _MAX
    while words and words[0].upper() != b"STREAMS":
        if words[0].upper() != b"COUNT" or len(words) == 1:
            raise syntax_error()
        count, words = number(words[1]), words[2:]
    if len(words) < 3 or len(words) % 2 == 0:  # noqa: PLR2004 - STREAMS, a key and an id
        raise ReplyError("ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.")
    return count, words[1:]


COMMANDS: Mapping[bytes, KeyCommand] = {
    b"XADD": KeyCommand(_xadd, -5),
    b"XTRIM": KeyCommand(_xtrim, -4),
    b"XLEN": KeyCommand(lambda db, argv: len(db.read(argv[1], Stream) or ()), 2),
    b"XRANGE": KeyCommand(_xrange, -4),
    b"XREVRANGE": KeyCommand(_xrange, -4),
    b"XDEL": KeyCommand(_xdel, -3),
    b"XREAD": KeyCommand(_xread, -4),
}
