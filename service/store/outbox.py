"""The outbox: replies that WhatsApp has not taken yet, by item, with an index by age.

An item's id is its entry's id and its place among the replies, so there is one set of replies to an entry, whoever
writes it how often.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.core.messages import Entry, OutboxItem, Outgoing
from service.ports import Dice, Meter
from service.store import keys
from service.store.commands import Argument, Run
from service.store.records import readable
from service.store.scripts import evaluate, script

__all__ = ["ADD", "FINISH", "RETRY", "TOLD_S", "RedisOutbox", "encode_item"]

TOLD_S = 2 * 86_400
"""How long an item that answers nobody is remembered, and not taken again."""

_TOKEN_BYTES = 16

# KEYS: inbox, outbox, its order. ARGV: entry, its age, then id and value of each reply.
# Gives how many of the replies are there as given. Who takes the entry away writes the replies; a second run finds
# its own values, which carry its token. A rival's run finds none.
FINISH = script("""
if redis.call('XDEL', KEYS[1], ARGV[1]) == 1 then
  for i = 3, #ARGV, 2 do
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[3], ARGV[2], ARGV[i])
  end
  return (#ARGV - 2) / 2
end
local mine = 0
for i = 3, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    mine = mine + 1
  end
end
return mine
""")

# KEYS: outbox. ARGV: id, value. What was sent meanwhile does not come back.
RETRY = script("""
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 0
""")


# KEYS: outbox, its order, and who has added the item. ARGV: our token, how long to know it, id, value.
# Gives 1 for whoever was first, however often they ask. The order is that of the server's time, like the replies'.
ADD = script("""
local by = redis.call('GET', KEYS[3])
if by then
  return by == ARGV[1] and 1 or 0
end
local time = redis.call('TIME')
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[2])
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[3])
return 1
""")


class _Stored(msgspec.Struct, frozen=True):
    """An item as it is kept; `token` says who wrote it."""

    to: str
    message: Outgoing
    about: str
    token: str
    attempts: int = 0


_DECODER = msgspec.json.Decoder(_Stored)


class RedisOutbox:
    """Implements Outbox."""

    def __init__(self, run: Run, dice: Dice, meter: Meter) -> None:
        self._run = run
        self._dice = dice
        self._meter = meter

    async def finish(self, entry: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        """As Outbox; sent once more when the reply is lost.

        Gives the items to send now: none when somebody else has answered the entry before.
        """
        sender, about = entry.message.sender, entry.message.id
        items = [OutboxItem(f"{entry.id}:{place:02}", sender, reply, about) for place, reply in enumerate(replies)]
        token = self._dice.token(_TOKEN_BYTES).hex()
        args: list[Argument] = [entry.id, _age(entry.id)]
        for item in items:
            args += [item.id, encode_item(item, token)]
        mine = await evaluate(self._run, FINISH, [keys.INBOX, keys.OUTBOX, keys.OUTBOX_ORDER], args, repeatable=True)
        return items if mine == len(items) else []

    async def add(self, item: OutboxItem) -> bool:
        """As Outbox; sent once more when the reply is lost. An item of this id is not taken again for TOLD_S."""
        token = self._dice.token(_TOKEN_BYTES).hex()
        names = [keys.OUTBOX, keys.OUTBOX_ORDER, keys.told(item.id)]
        args: list[Argument] = [token, TOLD_S, item.id, encode_item(item, token)]
        return bool(await evaluate(self._run, ADD, names, args, repeatable=True))

    async def sent(self, items: Sequence[OutboxItem]) -> None:
        """As Outbox."""
        if items:
            await self._forget([item.id for item in items])

    async def retry(self, item: OutboxItem) -> OutboxItem:
        """As Outbox."""
        tried = msgspec.structs.replace(item, attempts=item.attempts + 1)
        await evaluate(self._run, RETRY, [keys.OUTBOX], [tried.id, encode_item(tried, "")], repeatable=True)
        return tried

    async def pending(self, limit: int) -> list[OutboxItem]:
        """As Outbox. An item that cannot be read is counted and left where it is."""
        [names] = await self._run([("ZRANGE", keys.OUTBOX_ORDER, 0, limit - 1)])
        if not names:
            return []
        [values] = await self._run([("HMGET", keys.OUTBOX, *names)])
        lost = [name.decode() for name, value in zip(names, values, strict=True) if value is None]
        if lost:  # the index outlived them: a `sent` of which one half was carried out
            await self._forget(lost)
        pairs = zip(names, values, strict=True)
        return [item for name, value in pairs if value and (item := self._item(name, value)) is not None]

    async def _forget(self, names: list[str]) -> None:
        await self._run([("HDEL", keys.OUTBOX, *names), ("ZREM", keys.OUTBOX_ORDER, *names)])

    def _item(self, name: Any, value: bytes) -> OutboxItem | None:
        stored = readable(_DECODER, value, self._meter, "outbox")
        if stored is None:
            return None
        return OutboxItem(name.decode(), stored.to, stored.message, stored.about, stored.attempts)


def encode_item(item: OutboxItem, token: str) -> bytes:
    """The item as it is kept; `token` tells apart who wrote it."""
    return msgspec.json.encode(_Stored(item.to, item.message, item.about, token, item.attempts))


def _age(entry_id: str) -> int:
    """Milliseconds of Unix time at which the entry was made: the first half of a stream's id."""
    return int(entry_id.partition("-")[0])
