"""The simulated server's Lua scripts against the real ones."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.real

AskBoth = Callable[[list[list[bytes]]], list[Any]]
SCRIPTS = [
    "return 1",
    "return -1.9",
    "return 'x'",
    "return {1, 2, 'a', {3, nil, 4}, true, false}",
    "return false",
    "return nil",
    "return {}",
    "return {ok = 'fine'}",
    "return {err = 'MY words'}",
    "return redis.error_reply('bad')",
    "return redis.error_reply('MY bad')",
    "return redis.status_reply('OK')",
    "return {KEYS[1], ARGV[1], ARGV[2], #KEYS, #ARGV}",
    "return redis.call('SET', KEYS[1], ARGV[1])",
    "return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET')",
    "return redis.call('GET', 'missing')",
    "return {type(redis.call('GET', 'missing')), type(redis.call('SET', 'k', 'v')), type(redis.call('TTL', 'k'))}",
    "return redis.call('SET', 'k', 'v').ok",
    "return {redis.call('MGET', KEYS[1], 'missing'), redis.call('EXISTS', KEYS[1]), redis.call('TYPE', KEYS[1])}",
    "redis.call('SET', 'k', 1.5) redis.call('SET', 'l', 0.1) return redis.call('MGET', 'k', 'l')",
    "redis.call('SET', 'k', 2^53) redis.call('SET', 'l', -7) return redis.call('MGET', 'k', 'l')",
    "redis.call('HSET', KEYS[1], 'f', 'v', 'g', 'w') return redis.call('HGETALL', KEYS[1])",
    "redis.call('ZADD', KEYS[1], 1.5, 'a', 2, 'b') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
    "redis.call('ZADD', KEYS[1], 1.5, 'a') return redis.call('ZSCORE', KEYS[1], 'a')",
    "return redis.call('XADD', KEYS[1], '1-1', 'a', 'b')",
    "redis.call('XADD', KEYS[1], '1-1', 'a', 'b') return redis.call('XRANGE', KEYS[1], '-', '+')",
    "redis.call('SADD', KEYS[1], 'a') return redis.call('SMEMBERS', KEYS[1])",
    "redis.call('LPUSH', KEYS[1], 'x') return redis.call('GET', KEYS[1])",
    "redis.call('LPUSH', KEYS[1], 'x') return redis.pcall('GET', KEYS[1])",
    "redis.call('LPUSH', KEYS[1], 'x') return redis.pcall('GET', KEYS[1]).err",
    "redis.call('LPUSH', KEYS[1], 'x') local fine = pcall(redis.call, 'GET', KEYS[1]) return tostring(fine)",
    "redis.call('SET', 'k', 'v') error('after')",
    "return redis.call('NOSUCH', 'a')",
    "return redis.call('GET')",
    "return redis.call()",
    "return redis.call('SET', 'k', {})",
    "return redis.call('SET', 'k', 'v', 'EX', 'x')",
    "error('boom')",
    "return missing",
    "missing = 1",
    "local x = nil return x.y",
    "return 1 +",
    "return redis.sha1hex('x')",
    "return cjson.encode({})",
    "return cjson.encode({1, 2, 3})",
    "return cjson.encode({a = {b = {1, 2.5, 'x', true, cjson.null}}})",
    "return cjson.encode({['x/y'] = 'q\"\\\\\\n\\t\\1\\127'})",
    "return cjson.encode({1, nil, 3})",
    "return cjson.encode({[3] = 1})",
    "return cjson.encode({1, 2, x = 3})",
    "return {cjson.encode(0.1), cjson.encode(1e14), cjson.encode(123456789012345678), cjson.encode(-0.0)}",
    "return cjson.encode({[1] = 1, [20] = 2})",
    "return cjson.encode(1 / 0)",
    "return {cjson.decode('[1e3, -2, \"\\\\u00e9\\\\u20ac\"]'), #cjson.decode('[null, null]')}",
    "return tostring(cjson.decode('{\"a\": null}').a == cjson.null)",
    "return cjson.encode(cjson.decode('{\"a\": []}'))",
    "return tostring(pcall(cjson.decode, 'bad'))",
]


def spoken(reply: Any) -> Any:
    """An error of a script without the place in it, which the two servers name differently."""
    if isinstance(reply, tuple):
        return re.sub(r"user_script:\d+: ", "", reply[1]).split(" script: ")[0]
    return reply


@pytest.mark.parametrize("source", SCRIPTS)
def test_every_script_answers_as_on_the_real_server(source: str, ask_both: AskBoth) -> None:
    for exchange in ask_both([[b"EVAL", source.encode(), b"1", b"key", b"one", b"two"], [b"GET", b"k"]]):
        assert spoken(exchange.real) == spoken(exchange.simulated), exchange
        assert type(exchange.real) is type(exchange.simulated), exchange


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8) | st.sampled_from([0.5, -2.25]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=1),
    max_leaves=6,
)


def test_json_goes_through_a_script_as_on_the_real_server(ask_both: AskBoth) -> None:
    source = b"return cjson.encode({cjson.decode(ARGV[1])})"

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(JSON)
    def check(value: Any) -> None:
        for exchange in ask_both([[b"EVAL", source, b"0", json.dumps([value]).encode()]]):
            assert exchange.real == exchange.simulated

    check()


def test_a_script_that_was_loaded_runs_by_its_hash(ask_both: AskBoth) -> None:
    sha = b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"  # of "return 1"
    commands = [
        [b"EVALSHA", sha, b"0"],
        [b"SCRIPT", b"EXISTS", sha],
        [b"SCRIPT", b"LOAD", b"return 1"],
        [b"EVALSHA", sha.upper(), b"0"],
        [b"SCRIPT", b"EXISTS", sha, b"none"],
        [b"EVALSHA", sha, b"1"],
        [b"EVALSHA", sha, b"-1"],
    ]
    for exchange in ask_both(commands):
        assert exchange.real == exchange.simulated, exchange
