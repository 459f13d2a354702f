"""What an operator's command asks of a running service, and what the service answers, through the store.

A request is taken by one instance, at most once; what nobody takes or fetches is forgotten within a minute.
"""

import msgspec

from service.core.errors import StoreError
from service.ports import Clock
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = ["ASK", "KEPT_S", "MAX_REQUESTS", "ControlRequest", "RedisControl"]

KEPT_S = 60
MAX_REQUESTS = 100
_POLL_S = 0.2

# KEYS: requests. ARGV: the request, how many may wait, how long.
ASK = script("""
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 0
""")


class ControlRequest(msgspec.Struct, frozen=True):
    """What is to be done, and the id under which the answer is expected."""

    kind: str
    id: str


class RedisControl:
    """Both ends of the mailbox."""

    def __init__(self, run: Run, clock: Clock) -> None:
        self._run = run
        self._clock = clock

    async def request(self, request: ControlRequest) -> None:
        """Asks."""
        args: list[Argument] = [msgspec.json.encode(request), MAX_REQUESTS, KEPT_S]
        await evaluate(self._run, ASK, [keys.REQUESTS], args)

    async def take(self) -> ControlRequest | None:
        """The oldest request that nobody has taken. Raises StoreError for one that cannot be read: it is gone too."""
        [value] = await self._run([("RPOP", keys.REQUESTS)])
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
