"""The simulated server's commands against the real ones: the same replies, word for word."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.real

Argv = list[bytes]
AskBoth = Callable[[list[Argv]], list[Any]]
UNORDERED = {b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"KEYS", b"HKEYS", b"HVALS"}
SCANS = {b"SCAN", b"SSCAN", b"HSCAN"}
CLOCKED = {b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"}


def settled(argv: Argv, reply: Any) -> Any:
    """The reply without the order of sets, which the server leaves open, and without how long ago something was."""
    name = argv[0].upper()
    if name == b"XPENDING" and isinstance(reply, list):
        return [[entry, consumer, count] for entry, consumer, _, count in reply]
    if name in UNORDERED and isinstance(reply, list | set):
        return sorted(reply)
    if name in SCANS and isinstance(reply, list):
        return [reply[0], sorted(reply[1])]
    return reply


def same(argv: Argv, real: Any, simulated: Any) -> bool:
    """Whether the replies agree, but for the time that passed between the two servers."""
    if argv[0].upper() in CLOCKED and isinstance(real, int) and isinstance(simulated, int) and real > 0:
        return abs(real - simulated) <= (2 if argv[0].upper() == b"TTL" else 2000)
    return type(real) is type(simulated) and bool(settled(argv, real) == settled(argv, simulated))


def words(*choices: str) -> st.SearchStrategy[list[bytes]]:
    return st.sampled_from([choice.encode().split() for choice in choices])


def command(name: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Argv]:
    """A command of a name and parts that are words or lists of words, seldom with one too many."""
    return st.tuples(st.just(name.encode()), *parts).map(flatten)


def flatten(parts: Iterable[Any]) -> Argv:
    return [word for part in parts for word in (part if isinstance(part, list) else [part])]


KEY = st.sampled_from([b"a", b"b", b"c"])
WORD = st.sampled_from([b"x", b"y", b"z", b"1", b"-7", b"", b"\xff\x00\r\n", b"hello world"])
WORDS = st.lists(WORD, min_size=1, max_size=3)
INTEGER = st.sampled_from([b"0", b"1", b"2", b"-1", b"-2", b"5", b"100", b"01", b"+1", b"x", b"9223372036854775807"])
INDEX = st.sampled_from([b"0", b"1", b"2", b"-1", b"-2", b"-100", b"100", b"nope"])
SECONDS = st.sampled_from([b"5000", b"9000", b"0", b"-5", b"1.5", b"9223372036854775807"])
MOMENT = st.sampled_from([b"4000000000", b"4000000500", b"1000", b"x"])
SCORE = st.sampled_from([b"0", b"1", b"1.5", b"-2", b"inf", b"-inf", b"1700000000123", b"0.1", b"nan", b"x", b"3e2"])
BOUND = st.sampled_from([b"-inf", b"+inf", b"(1", b"1", b"(1.5", b"0", b"x"])
SCORED = st.lists(st.tuples(SCORE, WORD).map(list), min_size=1, max_size=3).map(flatten)
FIELDS = st.lists(st.tuples(WORD, WORD).map(list), min_size=1, max_size=3).map(flatten)
ENTRY_ID = st.sampled_from([b"1-1", b"1-2", b"2-0", b"3", b"0-0", b"5-*", b"7-7", b"bad"])
ENTRY_BOUND = st.sampled_from([b"-", b"+", b"1", b"(1-1", b"2-0", b"bad"])
PATTERN = st.sampled_from([b"*", b"?", b"[ab]", b"[^a]", b"[a-b]*", b"\\*", b"x*"])

STRINGS = st.one_of(
    command("GET", KEY),
    command("SET", KEY, WORD, words("", "NX", "XX", "GET", "NX GET", "XX GET", "KEEPTTL", "NX XX", "EX 5000")),
    command("SET", KEY, WORD, words("PX 5000000", "EX 0", "EX -1", "EX x", "EX", "PXAT 4000000000000", "EX 9 PX 9")),
    command("SET", KEY, WORD, words("NX EX 5000", "GET EX 5000", "EXAT 4000000000", "BOGUS", "EX 5000 KEEPTTL")),
    command("SETEX", KEY, SECONDS, WORD),
    command("PSETEX", KEY, SECONDS, WORD),
    command("SETNX", KEY, WORD),
    command("GETSET", KEY, WORD),
    command("GETDEL", KEY),
    command("GETEX", KEY, words("", "PERSIST", "EX 5000", "PX 0", "EX 5 PERSIST", "EXAT 4000000000")),
    command("MGET", st.lists(KEY, min_size=1, max_size=3)),
    command("MSET", KEY, WORD, KEY, WORD),
    command("MSET", KEY, WORD, KEY),
    command("MSETNX", KEY, WORD, KEY, WORD),
    command("INCR", KEY),
    command("DECR", KEY),
    command("INCRBY", KEY, INTEGER),
    command("DECRBY", KEY, INTEGER),
    command("APPEND", KEY, WORD),
    command("STRLEN", KEY),
    command("GETRANGE", KEY, INDEX, INDEX),
)
GENERIC = st.one_of(
    command("DEL", st.lists(KEY, min_size=1, max_size=3)),
    command("EXISTS", st.lists(KEY, min_size=1, max_size=3)),
    command("EXPIRE", KEY, SECONDS, words("", "NX", "XX", "GT", "LT", "NX XX", "GT LT", "XX GT", "BOGUS")),
    command("PEXPIRE", KEY, st.sampled_from([b"5000000", b"0", b"-1", b"x"])),
    command("EXPIREAT", KEY, MOMENT, words("", "GT", "LT")),
    command("PEXPIREAT", KEY, st.sampled_from([b"4000000000000", b"1000"])),
    command("TTL", KEY),
    command("PTTL", KEY),
    command("EXPIRETIME", KEY),
    command("PERSIST", KEY),
    command("TYPE", KEY),
    command("RENAME", KEY, KEY),
    command("RENAMENX", KEY, KEY),
    command("KEYS", PATTERN),
    command("SCAN", st.just(b"0"), words("", "COUNT 100", "MATCH a*", "TYPE string", "COUNT 0", "BOGUS")),
    command("DBSIZE"),
    command("NOSUCH", KEY, WORD),
    command("GET"),
    command("GET", KEY, KEY),
)
HASHES = st.one_of(
    command("HSET", KEY, FIELDS),
    command("HSET", KEY, FIELDS, WORD),
    command("HMSET", KEY, FIELDS),
    command("HSETNX", KEY, WORD, WORD),
    command("HGET", KEY, WORD),
    command("HMGET", KEY, WORDS),
    command("HGETALL", KEY),
    command("HDEL", KEY, WORDS),
    command("HEXISTS", KEY, WORD),
    command("HKEYS", KEY),
    command("HVALS", KEY),
    command("HLEN", KEY),
    command("HSTRLEN", KEY, WORD),
    command("HINCRBY", KEY, WORD, INTEGER),
)
SETS = st.one_of(
    command("SADD", KEY, WORDS),
    command("SREM", KEY, WORDS),
    command("SISMEMBER", KEY, WORD),
    command("SMISMEMBER", KEY, WORDS),
    command("SMEMBERS", KEY),
    command("SCARD", KEY),
    command("SMOVE", KEY, KEY, WORD),
    command("SINTER", KEY, KEY),
    command("SUNION", KEY, KEY),
    command("SDIFF", KEY, KEY),
    command("SSCAN", KEY, st.just(b"0"), words("", "MATCH x*")),
)
LISTS = st.one_of(
    command("LPUSH", KEY, WORDS),
    command("RPUSH", KEY, WORDS),
    command("LPUSHX", KEY, WORDS),
    command("RPUSHX", KEY, WORDS),
    command("LPOP", KEY),
    command("RPOP", KEY, INDEX),
    command("LLEN", KEY),
    command("LRANGE", KEY, INDEX, INDEX),
    command("LTRIM", KEY, INDEX, INDEX),
    command("LREM", KEY, INDEX, WORD),
    command("LINDEX", KEY, INDEX),
    command("LSET", KEY, INDEX, WORD),
    command("LMOVE", KEY, KEY, words("LEFT RIGHT", "RIGHT LEFT", "LEFT LEFT", "BOGUS LEFT")),
    command("RPOPLPUSH", KEY, KEY),
)
ZSETS = st.one_of(
    command("ZADD", KEY, words("", "NX", "XX", "GT", "LT", "CH", "INCR", "NX XX", "GT CH", "XX INCR"), SCORED),
    command("ZINCRBY", KEY, SCORE, WORD),
    command("ZREM", KEY, WORDS),
    command("ZSCORE", KEY, WORD),
    command("ZMSCORE", KEY, WORDS),
    command("ZCARD", KEY),
    command("ZCOUNT", KEY, BOUND, BOUND),
    command("ZRANGE", KEY, INDEX, INDEX, words("", "REV", "WITHSCORES", "REV WITHSCORES", "LIMIT 0 1", "BOGUS")),
    command("ZRANGE", KEY, BOUND, BOUND, words("BYSCORE", "BYSCORE REV", "BYSCORE LIMIT 1 2", "BYSCORE LIMIT 0 -1")),
    command("ZREVRANGE", KEY, INDEX, INDEX, words("", "WITHSCORES")),
    command("ZRANGEBYSCORE", KEY, BOUND, BOUND, words("", "WITHSCORES", "LIMIT 0 1", "LIMIT -1 1")),
    command("ZREVRANGEBYSCORE", KEY, BOUND, BOUND, words("", "LIMIT 1 1 WITHSCORES")),
    command("ZRANK", KEY, WORD),
    command("ZREVRANK", KEY, WORD),
    command("ZPOPMIN", KEY, words("", "2", "0", "-1")),
    command("ZPOPMAX", KEY, words("", "1")),
    command("ZREMRANGEBYSCORE", KEY, BOUND, BOUND),
    command("ZREMRANGEBYRANK", KEY, INDEX, INDEX),
)
STREAMS = st.one_of(
    command("XADD", KEY, words("", "NOMKSTREAM", "MAXLEN 2", "MINID = 2", "MAXLEN x"), ENTRY_ID, FIELDS),
    command("XADD", KEY, ENTRY_ID, WORD),
    command("XTRIM", KEY, words("MAXLEN 1", "MINID 2-0", "MAXLEN = 0", "BOGUS 1")),
    command("XLEN", KEY),
    command("XRANGE", KEY, ENTRY_BOUND, ENTRY_BOUND, words("", "COUNT 1", "COUNT 0", "COUNT -1")),
    command("XREVRANGE", KEY, ENTRY_BOUND, ENTRY_BOUND),
    command("XDEL", KEY, st.lists(ENTRY_ID, min_size=1, max_size=2)),
    command("XREAD", words("", "COUNT 1"), st.just(b"STREAMS"), KEY, KEY, ENTRY_ID, ENTRY_ID),
    command("XREAD", st.just(b"STREAMS"), KEY, KEY, ENTRY_ID),
)
GROUP = st.sampled_from([b"g", b"h"])
CONSUMER = st.sampled_from([b"one", b"two"])
GROUPS = st.one_of(
    command("XADD", KEY, words("", "MAXLEN 2"), ENTRY_ID, FIELDS),
    command("XGROUP", st.just(b"CREATE"), KEY, GROUP, words("0", "$", "1-1", "bad"), words("", "MKSTREAM")),
    command(
        "XREADGROUP", st.just(b"GROUP"), GROUP, CONSUMER, words("", "COUNT 1"), st.just(b"STREAMS"), KEY, words(">")
    ),
    command("XREADGROUP", st.just(b"GROUP"), GROUP, CONSUMER, st.just(b"STREAMS"), KEY, words(">")),
    command("XACK", KEY, GROUP, st.lists(ENTRY_ID, min_size=1, max_size=2)),
    command("XPENDING", KEY, GROUP, words("IDLE 0 - + 10", "IDLE 0 - + 1", "IDLE 900000 - + 10")),
    command("XAUTOCLAIM", KEY, GROUP, CONSUMER, words("0", "900000"), words("0", "1-2"), words("", "COUNT 1")),
    command("XDEL", KEY, ENTRY_ID),
    command("DEL", KEY),
)
TRANSACTIONS = st.one_of(
    command("MULTI"),
    command("EXEC"),
    command("DISCARD"),
    command("WATCH", KEY),
    command("UNWATCH"),
    command("PING"),
    command("ECHO", WORD),
    command("SELECT", words("0", "1", "99", "x")),
)
FAMILIES = {
    "strings": STRINGS,
    "generic": st.one_of(GENERIC, STRINGS),
    "hashes": st.one_of(HASHES, HASHES, GENERIC),
    "sets": st.one_of(SETS, SETS, GENERIC),
    "lists": st.one_of(LISTS, LISTS, GENERIC),
    "zsets": st.one_of(ZSETS, ZSETS, GENERIC),
    "streams": st.one_of(STREAMS, STREAMS, GENERIC),
    "groups": GROUPS,
    "mixed": st.one_of(STRINGS, HASHES, SETS, LISTS, ZSETS, STREAMS, GENERIC),
    "transactions": st.one_of(TRANSACTIONS, TRANSACTIONS, STRINGS, LISTS),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_command_answers_as_the_real_server_does(family: str, ask_both: AskBoth) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(FAMILIES[family], min_size=1, max_size=25))
    def check(commands: list[Argv]) -> None:
        for exchange in ask_both(commands):
            assert same(exchange.command, exchange.real, exchange.simulated), exchange

    check()
