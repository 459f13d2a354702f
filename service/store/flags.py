"""The switches that operators set, and the last changes."""

from collections.abc import Mapping

import msgspec

from service.core.errors import StoreError
from service.core.switches import FlagChange, FlagState
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = ["HISTORY", "WRITE", "RedisFlags"]

HISTORY = 1_000
"""Changes that are remembered."""

# KEYS: flags, their history. ARGV: switch, percent, the change, how many changes are kept.
# A second run of the same change finds it among the latest, and undoes nothing that was changed in between.
WRITE = script("""
for _, known in ipairs(redis.call('LRANGE', KEYS[2], 0, 99)) do
  if known == ARGV[3] then
    return 0
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('LPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
return 0
""")

_CHANGES = msgspec.json.Decoder(FlagChange)


class RedisFlags:
    """Implements FlagStore."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def read(self) -> Mapping[str, FlagState]:
        """As FlagStore. Raises StoreError for a flag that is not a share."""
        [flat] = await self._run([("HGETALL", keys.FLAGS)])
        try:
            return {key.decode(): FlagState(float(share)) for key, share in zip(flat[::2], flat[1::2], strict=True)}
        except ValueError as error:
            raise StoreError(f"a flag cannot be read: {error}") from error

    async def write(self, change: FlagChange) -> None:
        """As FlagStore. Raises ValueError for a share outside of 0 to 100 percent."""
        FlagState(change.percent)
        args: list[Argument] = [change.key, change.percent, msgspec.json.encode(change), HISTORY]
        await evaluate(self._run, WRITE, [keys.FLAGS, keys.FLAGS_HISTORY], args, repeatable=True)

    async def history(self, limit: int) -> list[FlagChange]:
        """As FlagStore. Raises StoreError for a change that cannot be read."""
        [lines] = await self._run([("LRANGE", keys.FLAGS_HISTORY, 0, limit - 1)])
        try:
            return [_CHANGES.decode(line) for line in lines]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StoreError(f"the history of the flags cannot be read: {error}") from error
