"""Where caches keep their entries, how often reads were asked for, and what instances publish of their hits.

Nothing in here is the only copy of anything, and nothing else may be written from here.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from service.core.errors import StoreError
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = [
    "BUMP",
    "GENERATION_S",
    "RANK",
    "SET_IF_GENERATION",
    "STATS_S",
    "USAGE_LIMIT",
    "RedisCache",
    "RedisStats",
    "RedisUsage",
]

GENERATION_S = 86_400
"""How long a generation is remembered: far longer than any read of the upstream can last."""

USAGE_LIMIT = 2_000
"""Reads of which the use is remembered."""

STATS_S = 3_600
"""How long an instance's figures outlive it."""

_SCAN_COUNT = 1_000

# KEYS: entry, generation. ARGV: value, milliseconds, the generation that was read, empty for none.
SET_IF_GENERATION = script("""
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[3] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")

# KEYS: generation, then the entries to delete. ARGV: how long the generation is remembered.
BUMP = script("""
redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
for i = 2, #KEYS do
  redis.call('UNLINK', KEYS[i])
end
return 0
""")

# KEYS: usage. ARGV: how many are kept, then weight and name of each.
RANK = script("""
for i = 2, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[1])
return 0
""")


class RedisCache:
    """Implements CacheStore. Raises ValueError for a key that is not a cache's."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def get(self, names: Sequence[str]) -> list[bytes | None]:
        """As CacheStore: one command."""
        if not names:
            return []
        [values] = await self._run([("MGET", *names)])
        return list(values)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """As CacheStore."""
        _check([key])
        await self._run([("SET", key, value, "PX", _milliseconds(ttl_s))])

    async def set_if_generation(
        self, key: str, value: bytes, ttl_s: float, owner: str, generation: bytes | None
    ) -> bool:
        """As CacheStore."""
        _check([key])
        args: list[Argument] = [value, _milliseconds(ttl_s), generation or b""]
        return bool(await evaluate(self._run, SET_IF_GENERATION, [key, keys.generation(owner)], args))

    async def bump(self, owner: str, names: Sequence[str]) -> None:
        """As CacheStore; sent once more when the reply is lost, as one generation more does no harm."""
        _check(names)
        await evaluate(self._run, BUMP, [keys.generation(owner), *names], [GENERATION_S], repeatable=True)

    def generation_key(self, owner: str) -> str:
        """As CacheStore."""
        return keys.generation(owner)

    async def delete(self, names: Sequence[str]) -> None:
        """As CacheStore."""
        _check(names)
        if names:
            await self._run([("UNLINK", *names)])

    async def clear(self) -> int:
        """Deletes every entry of every cache, and says how many."""
        return sum([await self._clear(prefix) for prefix in keys.CACHE_PREFIXES])

    async def _clear(self, prefix: str) -> int:
        deleted, cursor = 0, b"0"
        while True:
            [[cursor, names]] = await self._run([("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", _SCAN_COUNT)])
            if names:
                [count] = await self._run([("UNLINK", *names)])
                deleted += count
            if cursor == b"0":
                return deleted


class RedisUsage:
    """Implements UsageStore: the heaviest USAGE_LIMIT."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def load(self, limit: int) -> list[tuple[str, float]]:
        """As UsageStore."""
        [flat] = await self._run([("ZRANGE", keys.USAGE, 0, limit - 1, "REV", "WITHSCORES")])
        return [(name.decode(), float(weight)) for name, weight in zip(flat[::2], flat[1::2], strict=True)]

    async def save(self, weights: Mapping[str, float]) -> None:
        """As UsageStore: sets the weight of each."""
        heaviest = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:USAGE_LIMIT]
        if heaviest:
            args = [part for name, weight in heaviest for part in (weight, name)]
            await evaluate(self._run, RANK, [keys.USAGE], [USAGE_LIMIT, *args])


class RedisStats:
    """Figures that instances publish for `pulse cache stats`; those of one that is gone last for STATS_S."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def publish(self, instance: str, figures: Mapping[str, float]) -> None:
        """Replaces what this instance has published."""
        value = msgspec.json.encode(figures)
        await self._run([("SET", keys.stats(instance), value, "EX", STATS_S), ("SADD", keys.STATS_INSTANCES, instance)])

    async def read(self) -> dict[str, dict[str, float]]:
        """Figures by instance, in the order of their names. Raises StoreError for some that cannot be read."""
        [found] = await self._run([("SMEMBERS", keys.STATS_INSTANCES)])
        instances = sorted(name.decode() for name in found)
        if not instances:
            return {}
        [values] = await self._run([("MGET", *(keys.stats(instance) for instance in instances))])
        published = dict(zip(instances, values, strict=True))
        gone = [instance for instance, value in published.items() if value is None]
        if gone:
            await self._run([("SREM", keys.STATS_INSTANCES, *gone)])
        return {instance: _figures(value) for instance, value in published.items() if value is not None}


def _check(names: Iterable[str]) -> None:
    for name in names:
        if not keys.is_cache(name):
            raise ValueError(f"{name} is not a cache's key: a cache writes {' and '.join(keys.CACHE_PREFIXES)} only")


def _milliseconds(ttl_s: float) -> int:
    """At least one: the server refuses less."""
    return max(1, round(ttl_s * 1000))


def _figures(value: bytes) -> dict[str, float]:
    try:
        return msgspec.json.decode(value, type=dict[str, float])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"published figures cannot be read: {error}") from error
