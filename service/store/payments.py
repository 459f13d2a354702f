"""Payments: each a hash of its state, its body and the token of the last change. Every change is one script.

A proposal guards no money: it expires, and so does one that was withdrawn. Whatever has been confirmed stays for ever,
and while it is not decided so does what leads from its user to it: a "yes" that is delivered again, however late, must
meet its own payment.
"""

import msgspec

from service.core.errors import StoreError
from service.core.payments import Payment, PaymentState, advance
from service.ports import Dice
from service.store import keys
from service.store.commands import Argument, Run
from service.store.scripts import evaluate, script

__all__ = ["MOVE", "PROPOSE", "PROPOSED_S", "RedisPayments"]

PROPOSED_S = 86_400
"""How long a proposal is kept. It can be confirmed for minutes only."""

_TOKEN_BYTES = 16

# KEYS: the payment, the user's latest proposal, and the payment that it replaces if there is one.
# ARGV: its id, its body, how long it is kept, the body of the other one when withdrawn.
# Gives the body that is there already, or nothing.
PROPOSE = script("""
local stored = redis.call('HGET', KEYS[1], 'body')
if stored then
  return stored
end
redis.call('HSET', KEYS[1], 'state', 'proposed', 'body', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
if KEYS[3] and redis.call('HGET', KEYS[3], 'state') == 'proposed' then
  redis.call('HSET', KEYS[3], 'state', 'withdrawn', 'body', ARGV[4])
end
return false
""")

# KEYS: the payment, the user's latest proposal. ARGV: state before, state after, body after, our token, the payment's
# id, how long a decided one is the latest.
# Gives the body that is stored now and whether we put it there: in this run or in an earlier one of the same call.
MOVE = script("""
local stored = redis.call('HMGET', KEYS[1], 'state', 'body', 'token')
if stored[3] == ARGV[4] then
  return {stored[2], 1}
end
if stored[1] ~= ARGV[1] then
  return {stored[2], 0}
end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'body', ARGV[3], 'token', ARGV[4])
if ARGV[2] ~= 'withdrawn' then
  redis.call('PERSIST', KEYS[1])
end
if redis.call('GET', KEYS[2]) == ARGV[5] then
  if ARGV[2] == 'settled' or ARGV[2] == 'rejected' or ARGV[2] == 'withdrawn' then
    redis.call('EXPIRE', KEYS[2], ARGV[6])
  else
    redis.call('PERSIST', KEYS[2])
  end
end
return {ARGV[3], 1}
""")

_DECODER = msgspec.json.Decoder(Payment)


class RedisPayments:
    """Implements Payments."""

    def __init__(self, run: Run, dice: Dice) -> None:
        self._run = run
        self._dice = dice

    async def propose(self, payment: Payment, replaces: Payment | None = None) -> Payment:
        """As Payments; sent once more when the reply is lost."""
        names = [keys.payment(payment.id), keys.open_payment(payment.user)]
        args: list[Argument] = [payment.id, msgspec.json.encode(payment), PROPOSED_S]
        if replaces is not None and replaces.state is PaymentState.PROPOSED and replaces.id != payment.id:
            names.append(keys.payment(replaces.id))
            args.append(msgspec.json.encode(advance(replaces, PaymentState.WITHDRAWN)))
        stored = await evaluate(self._run, PROPOSE, names, args, repeatable=True)
        return payment if stored is None else _decode(stored)

    async def get(self, payment_id: str) -> Payment | None:
        """As Payments."""
        [body] = await self._run([("HGET", keys.payment(payment_id), "body")])
        return None if body is None else _decode(body)

    async def move(self, before: Payment, after: Payment) -> tuple[Payment, bool]:
        """As Payments; sent once more when the reply is lost.

        A proposal that has expired counts as withdrawn. Raises StoreError when a payment that guards money is gone.
        """
        if before.id != after.id:
            raise ValueError(f"{before.id} and {after.id} are two payments")
        token = self._dice.token(_TOKEN_BYTES).hex()
        names = [keys.payment(before.id), keys.open_payment(before.user)]
        args: list[Argument] = [before.state, after.state, msgspec.json.encode(after), token, before.id, PROPOSED_S]
        body, mine = await evaluate(self._run, MOVE, names, args, repeatable=True)
        if body is not None:
            return _decode(body), bool(mine)
        if before.state is not PaymentState.PROPOSED:
            raise StoreError(f"payment {before.id} was {before.state} and is gone")
        return advance(before, PaymentState.WITHDRAWN), False


def _decode(body: bytes) -> Payment:
    """Raises StoreError: what guards money and cannot be read is nothing to guess about."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"a payment cannot be read: {error}") from error
