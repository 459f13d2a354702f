"""The log of events: a stream of bounded length, with a consumer group for each listener.

Every instance is a consumer. What was given to one that has not acknowledged it in time, because it died or because
its listener failed, is claimed by whoever looks next.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.core.errors import StoreError
from service.core.events import Event
from service.ports import Delivery, Dice, Meter
from service.store import keys
from service.store.commands import Argument, Run
from service.store.records import readable
from service.store.scripts import evaluate, script

__all__ = ["APPEND", "LENGTH", "RECLAIM_AFTER_S", "RedisEvents"]

LENGTH = 10_000
"""Events that are kept. Beyond that the oldest make room, whoever has not heard them yet, and are counted."""

RECLAIM_AFTER_S = 60.0
"""How long an instance may take with an event before another one takes it over."""

_ONCE_S = 600
_TOKEN_BYTES = 16

# KEYS: the stream, and the key that says what this very call has done. ARGV: how long to know that, the length of the
# stream, then events. A second run of the same call finds the first one's answer: how many old events made room.
APPEND = script("""
local known = redis.call('GET', KEYS[2])
if known then
  return tonumber(known)
end
for i = 3, #ARGV do
  redis.call('XADD', KEYS[1], '*', 'event', ARGV[i])
end
local trimmed = redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[2])
redis.call('SET', KEYS[2], trimmed, 'EX', ARGV[1])
return trimmed
""")

_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class RedisEvents:
    """Implements EventLog. `consumer` names this instance."""

    def __init__(self, run: Run, dice: Dice, meter: Meter, consumer: str, *, length: int = LENGTH) -> None:
        self._run = run
        self._dice = dice
        self._meter = meter
        self._consumer = consumer
        self._length = length

    async def append(self, events: Sequence[Event]) -> int:
        """As EventLog; sent once more when the reply is lost."""
        names = [keys.EVENTS, keys.appended(self._dice.token(_TOKEN_BYTES).hex())]
        args: list[Argument] = [_ONCE_S, self._length, *map(msgspec.json.encode, events)]
        return int(await evaluate(self._run, APPEND, names, args, repeatable=True))

    async def take(self, listener: str, limit: int) -> list[Delivery]:
        """As EventLog. What a lost reply has taken is taken over later."""
        group = ("GROUP", listener, self._consumer, "COUNT", limit)
        [found] = await self._in_group(listener, ("XREADGROUP", *group, "STREAMS", keys.EVENTS, ">"))
        return [self._delivery(row, 1) for row in (found[0][1] if found else [])]

    async def take_over(self, listener: str, limit: int) -> list[Delivery]:
        """As EventLog."""
        idle_ms = int(1_000 * RECLAIM_AFTER_S)
        [held] = await self._in_group(listener, ("XPENDING", keys.EVENTS, listener, "IDLE", idle_ms, "-", "+", limit))
        if not held:
            return []
        tries = {entry: count + 1 for entry, _, _, count in held}
        claim = ("XAUTOCLAIM", keys.EVENTS, listener, self._consumer, idle_ms, "0", "COUNT", limit)
        [answer] = await self._in_group(listener, claim)
        return [self._delivery(row, tries.get(row[0], 1)) for row in answer[1]]

    async def done(self, listener: str, ids: Sequence[str]) -> None:
        """As EventLog."""
        await self._in_group(listener, ("XACK", keys.EVENTS, listener, *ids))

    async def since(self, place: str, limit: int) -> tuple[list[Event], str]:
        """As EventLog."""
        if not place:
            [last] = await self._run([("XREVRANGE", keys.EVENTS, "+", "-", "COUNT", 1)])
            return [], last[0][0].decode() if last else "0-0"
        [rows] = await self._run([("XRANGE", keys.EVENTS, f"({place}", "+", "COUNT", limit)])
        events = [self._event(row) for row in rows]
        return [event for event in events if event is not None], rows[-1][0].decode() if rows else place

    async def _in_group(self, listener: str, command: tuple[Argument, ...]) -> list[Any]:
        """The command's reply; the group is made where there is none yet, and hears the log from its beginning."""
        try:
            return await self._run([command])
        except StoreError as error:
            if not str(error).startswith("NOGROUP"):
                raise
        try:
            await self._run([("XGROUP", "CREATE", keys.EVENTS, listener, "0", "MKSTREAM")])
        except StoreError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        return await self._run([command])

    def _delivery(self, row: Any, tries: int) -> Delivery:
        return Delivery(row[0].decode(), self._event(row), tries)

    def _event(self, row: Any) -> Event | None:
        fields = dict(zip(row[1][::2], row[1][1::2], strict=True)) if row[1] else {}
        return readable(_DECODER, fields.get(b"event", b""), self._meter, "event")
