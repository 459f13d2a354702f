"""Payments: each a hash of its state, body, revision and the token of the last change. Every change is one script.

A proposal guards no money: it expires, and so does one that was withdrawn. Whatever has been confirmed stays for ever,
and while it is not decided so does what leads from its user to it: a "yes" that is delivered again, however late, must
meet its own payment.

`payments:due` has the payments that the reconciler has to look at, by time; `payments:human` those that a person has
to; `moved:` what an account has moved lately, which daily limits count. All of them change in the script that changes
the payment, and so does the outbox: word of an outcome is as durable as the outcome.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.core.errors import StoreError
from service.core.messages import OutboxItem
from service.core.payment_steps import withdraw
from service.core.payments import DailyLimits, Payment, PaymentState
from service.ports import Dice, Meter
from service.store import keys
from service.store.commands import Argument, Run
from service.store.outbox import encode_item
from service.store.records import readable
from service.store.scripts import evaluate, script

__all__ = ["CONFIRM", "DAY_S", "MOVE", "PROPOSE", "PROPOSED_S", "RedisPayments"]

PROPOSED_S = 86_400
"""How long a proposal is kept. It can be confirmed for minutes only."""

DAY_S = 86_400
"""The time that daily limits look back over."""

_TOKEN_BYTES = 16
_LONGEST_WAIT_S = 7_200.0  # no check is set further ahead than an hour; one that is was set by a clock that was wrong

# KEYS: the payment, the user's latest proposal, and the payment that it replaces if there is one.
# ARGV: its id, its body, how long it is kept, the body of the other one when withdrawn, and that one's revision.
# Gives the body that is there already, or nothing.
PROPOSE = script("""
local stored = redis.call('HGET', KEYS[1], 'body')
if stored then
  return stored
end
redis.call('HSET', KEYS[1], 'state', 'proposed', 'body', ARGV[2], 'revision', 0)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
if KEYS[3] and redis.call('HGET', KEYS[3], 'state') == 'proposed' then
  redis.call('HSET', KEYS[3], 'state', 'withdrawn', 'body', ARGV[4], 'revision', ARGV[5])
end
return false
""")

# What both scripts below do once the change is allowed.
# KEYS: payment, latest proposal, due, human, moved, outbox, its order.
# ARGV: id, revision before, revision after, state after, body after, token, when to check or '', is for human,
# how long a decided one is the latest, then id and value of a message that goes out with the change, or nothing.
# Messages are in the order of the server's time, like the answers to messages.
_STORE = """
redis.call('HSET', KEYS[1], 'state', ARGV[4], 'body', ARGV[5], 'revision', ARGV[3], 'token', ARGV[6])
local decided = ARGV[4] == 'settled' or ARGV[4] == 'rejected' or ARGV[4] == 'withdrawn'
if ARGV[4] ~= 'withdrawn' then
  redis.call('PERSIST', KEYS[1])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  if decided then
    redis.call('EXPIRE', KEYS[2], ARGV[9])
  else
    redis.call('PERSIST', KEYS[2])
  end
end
if ARGV[7] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('ZADD', KEYS[3], ARGV[7], ARGV[1])
end
if ARGV[8] == '1' then
  redis.call('SADD', KEYS[4], ARGV[1])
else
  redis.call('SREM', KEYS[4], ARGV[1])
end
if ARGV[4] == 'rejected' or ARGV[4] == 'withdrawn' then
  redis.call('HDEL', KEYS[5], ARGV[1])
end
"""

_NOTIFY = """
if ARGV[10] then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[6], ARGV[10], ARGV[11])
  redis.call('ZADD', KEYS[7], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[10])
end
"""

_DONE = "return {ARGV[5], 1}"

# What both do first: a change that is there already is ours by its token, one of another revision is not.
_COMPARE = """
local stored = redis.call('HMGET', KEYS[1], 'revision', 'body', 'token')
if stored[3] == ARGV[6] then
  return {stored[2], 1}
end
if stored[1] ~= ARGV[2] then
  return {stored[2], 0}
end
"""

MOVE = script(_COMPARE + _STORE + _NOTIFY + _DONE)

# ARGV in the place of a message: the day, the cents of this payment, the most cents, the most payments.
# Gives 2 where the cents, and 3 where the payments would be too many; then nothing has changed.
# A field of `moved:` is "cents at", by the server's clock; those older than a day are forgotten here.
CONFIRM = script(
    _COMPARE
    + """
local now, day = tonumber(redis.call('TIME')[1]), tonumber(ARGV[10])
local cents, count = tonumber(ARGV[11]), 1
local fields = redis.call('HGETALL', KEYS[5])
for i = 1, #fields, 2 do
  local amount, at = string.match(fields[i + 1], '^(%d+) (%d+)$')
  if tonumber(at) > now - day then
    cents = cents + tonumber(amount)
    count = count + 1
  else
    redis.call('HDEL', KEYS[5], fields[i])
  end
end
if cents > tonumber(ARGV[12]) then
  return {stored[2], 2}
end
if count > tonumber(ARGV[13]) then
  return {stored[2], 3}
end
redis.call('HSET', KEYS[5], ARGV[1], ARGV[11] .. ' ' .. now)
"""
    + _STORE
    + _DONE
)

_DECODER = msgspec.json.Decoder(Payment)
_OVER_LIMIT = {2: "daily-sum", 3: "daily-count"}


class RedisPayments:
    """Implements Payments."""

    def __init__(self, run: Run, dice: Dice, meter: Meter) -> None:
        self._run = run
        self._dice = dice
        self._meter = meter

    async def propose(self, payment: Payment, replaces: Payment | None = None) -> Payment:
        """As Payments; sent once more when the reply is lost."""
        names = [keys.payment(payment.id), keys.open_payment(payment.user)]
        args: list[Argument] = [payment.id, msgspec.json.encode(payment), PROPOSED_S]
        if replaces is not None and replaces.state is PaymentState.PROPOSED and replaces.id != payment.id:
            withdrawn = withdraw(replaces)
            names.append(keys.payment(replaces.id))
            args += [msgspec.json.encode(withdrawn), withdrawn.revision]
        stored = await evaluate(self._run, PROPOSE, names, args, repeatable=True)
        return payment if stored is None else _decode(stored)

    async def get(self, payment_id: str) -> Payment | None:
        """As Payments."""
        [body] = await self._run([("HGET", keys.payment(payment_id), "body")])
        return None if body is None else _decode(body)

    async def confirm(self, before: Payment, after: Payment, limits: DailyLimits) -> tuple[Payment, bool | str]:
        """As Payments; sent once more when the reply is lost."""
        further: list[Argument] = [DAY_S, after.amount_cents, limits.cents, limits.payments]
        stored, how = await self._change(CONFIRM, before, after, further)
        return stored, _OVER_LIMIT.get(how, how == 1)

    async def move(self, before: Payment, after: Payment, notice: OutboxItem | None = None) -> tuple[Payment, bool]:
        """As Payments; sent once more when the reply is lost.

        A proposal that has expired counts as withdrawn. Raises StoreError when a payment that guards money is gone.
        """
        further: list[Argument] = []
        if notice is not None:
            further = [notice.id, encode_item(notice, token=after.id)]
        stored, how = await self._change(MOVE, before, after, further)
        return stored, how == 1

    async def due(self, now_s: float, limit: int) -> list[Payment]:
        """As Payments."""
        late, wrong = await self._run(
            [
                ("ZRANGEBYSCORE", keys.PAYMENTS_DUE, "-inf", now_s, "LIMIT", 0, limit),
                ("ZRANGEBYSCORE", keys.PAYMENTS_DUE, now_s + _LONGEST_WAIT_S, "+inf", "LIMIT", 0, limit),
            ]
        )
        return await self._all([*late, *wrong][:limit])

    async def undecided(self, limit: int) -> list[Payment]:
        """As Payments."""
        [names] = await self._run([("ZRANGE", keys.PAYMENTS_DUE, 0, limit - 1)])
        return await self._all(names)

    async def for_human(self, limit: int) -> list[Payment]:
        """As Payments."""
        [names] = await self._run([("SMEMBERS", keys.PAYMENTS_HUMAN)])
        found = await self._all(sorted(names)[:limit])
        return sorted(found, key=lambda payment: payment.intended_at_s or 0.0)

    async def _all(self, names: Sequence[bytes]) -> list[Payment]:
        """Those that are there; one that cannot be read is counted, and does not hide the others."""
        if not names:
            return []
        bodies = await self._run([("HGET", keys.payment(name.decode()), "body") for name in names])
        found = (readable(_DECODER, body, self._meter, "payment") for body in bodies if body is not None)
        return [payment for payment in found if payment is not None]

    async def _change(
        self, what: Any, before: Payment, after: Payment, further: Sequence[Argument]
    ) -> tuple[Payment, int]:
        if before.id != after.id:
            raise ValueError(f"{before.id} and {after.id} are two payments")
        names = [
            keys.payment(before.id),
            keys.open_payment(before.user),
            keys.PAYMENTS_DUE,
            keys.PAYMENTS_HUMAN,
            keys.moved(before.account_id),
            keys.OUTBOX,
            keys.OUTBOX_ORDER,
        ]
        args: list[Argument] = [
            before.id,
            before.revision,
            after.revision,
            after.state,
            msgspec.json.encode(after),
            self._dice.token(_TOKEN_BYTES).hex(),
            "" if after.check_at_s is None else after.check_at_s,
            int(after.is_for_human),
            PROPOSED_S,
            *further,
        ]
        body, how = await evaluate(self._run, what, names, args, repeatable=True)
        if body is not None:
            if int(how) == 1:
                self._meter.count("payments", f"{before.state}:{after.state}")
            return _decode(body), int(how)
        if before.state is not PaymentState.PROPOSED:
            raise StoreError(f"payment {before.id} was {before.state} and is gone")
        return withdraw(before), 0


def _decode(body: bytes) -> Payment:
    """Raises StoreError: what guards money and cannot be read is nothing to guess about."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"a payment cannot be read: {error}") from error
