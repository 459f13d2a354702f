"""What an operator's command asks of a running service, and what the service answers, through the store.

A request is taken by one instance, at most once, and whatever replies get lost it is not lost with them; what nobody
takes or fetches is forgotten within a minute.
"""

import msgspec

from service.core.errors import StoreError
from service.ports import Clock
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = ["ASK", "KEPT_S", "MAX_REQUESTS", "TAKE", "ControlRequest", "RedisControl"]

KEPT_S = 60
MAX_REQUESTS = 100
_POLL_S = 0.2

# KEYS: requests, what remembers that this one was asked. ARGV: the request, how many may wait, how long.
# A second run finds that it was asked: the request itself may have been taken in between.
ASK = script("""
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[2], '1', 'EX', ARGV[3])
  redis.call('LPUSH', KEYS[1], ARGV[1])
  redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return 0
""")

# KEYS: requests, what this turn of this instance has taken. ARGV: how long that is remembered.
# A second run of the same turn finds what the first has taken.
TAKE = script("""
local taken = redis.call('GET', KEYS[2])
if not taken then
  taken = redis.call('RPOP', KEYS[1])
  if taken then
    redis.call('SET', KEYS[2], taken, 'EX', ARGV[1])
  end
end
return taken
""")


class ControlRequest(msgspec.Struct, frozen=True):
    """What is to be done, and the id under which the answer is expected."""

    kind: str
    id: str


class RedisControl:
    """Both ends of the mailbox. `instance` is the name of who takes; no two have the same."""

    def __init__(self, run: Run, clock: Clock, instance: str) -> None:
        self._run = run
        self._clock = clock
        self._instance = instance
        self._turn = 0

    async def request(self, request: ControlRequest) -> None:
        """Asks, once for each id."""
        args: list[Argument] = [msgspec.json.encode(request), MAX_REQUESTS, KEPT_S]
        await evaluate(self._run, ASK, [keys.REQUESTS, keys.asked(request.id)], args, repeatable=True)

    async def take(self) -> ControlRequest | None:
        """The oldest request that nobody has taken. Raises StoreError for one that cannot be read: it is gone too.

        After StoreUnavailable the next call gives what this one may have taken. One call at a time.
        """
        names = [keys.REQUESTS, keys.taken(f"{self._instance}:{self._turn}")]
        value = await evaluate(self._run, TAKE, names, [KEPT_S], repeatable=True)
        self._turn += value is not None
        try:
            return None if value is None else msgspec.json.decode(value, type=ControlRequest)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StoreError(f"a request cannot be read: {error}") from error

    async def answer(self, request_id: str, body: bytes) -> None:
        """Answers."""
        await self._run([("SET", keys.answer(request_id), body, "EX", KEPT_S)])

    async def wait_answer(self, request_id: str, timeout_s: float) -> bytes | None:
        """The answer, or None when there is none in that time."""
        deadline = self._clock.monotonic() + timeout_s
        while True:
            [body] = await self._run([("GET", keys.answer(request_id))])
            if body is not None or self._clock.monotonic() >= deadline:
                return None if body is None else bytes(body)
            await self._clock.sleep(_POLL_S)
