"""The inbox: accepted messages that wait for an answer, as a stream."""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.core.messages import Accepted, Entry, Incoming
from service.ports import Dice, Meter
from service.store import keys
from service.store.commands import Argument, Run
from service.store.records import readable
from service.store.scripts import evaluate, script

__all__ = ["ACCEPT", "CLAIM_S", "RedisInbox"]

CLAIM_S = 14 * 86_400
"""How long a message id is remembered: WhatsApp delivers again for up to 7 days."""

_TOKEN_BYTES = 16

# KEYS: the inbox; for each message its claim, and the keys of the sender, of its second identity and of its phone.
# ARGV: how long claims last, our token; for each message a new user id in case there is none yet, and the message.
# A claim that carries our token is ours from an earlier try, so the script can be run again; but the same id twice in
# one batch is a duplicate. The first identity that is known decides who it is, the sender's own before the others;
# those that are not known yet are written, and one that exists is never changed.
ACCEPT = script("""
local answers, seen = {}, {}
local token = ARGV[2] .. ' '
for i = 1, (#KEYS - 1) / 4 do
  local claim = KEYS[4 * i - 2]
  local known = redis.call('MGET', KEYS[4 * i - 1], KEYS[4 * i], KEYS[4 * i + 1])
  local user = known[1] or known[2] or known[3] or ARGV[2 * i + 1]
  for j = 1, 3 do
    if not known[j] then
      redis.call('SET', KEYS[4 * i - 2 + j], user, 'NX')
    end
  end
  local entry = false
  if not seen[claim] then
    seen[claim] = true
    local claimed = redis.call('GET', claim)
    if not claimed then
      entry = redis.call('XADD', KEYS[1], '*', 'user', user, 'message', ARGV[2 * i + 2])
      redis.call('SET', claim, token .. entry, 'EX', ARGV[1])
    elseif string.sub(claimed, 1, #token) == token then
      entry = string.sub(claimed, #token + 1)
    end
  end
  answers[i] = {user, entry}
end
return answers
""")

_DECODER = msgspec.json.Decoder(Incoming)


class RedisInbox:
    """Implements Inbox."""

    def __init__(self, run: Run, dice: Dice, meter: Meter) -> None:
        self._run = run
        self._dice = dice
        self._meter = meter

    async def accept(self, messages: Sequence[Incoming]) -> list[Accepted]:
        """As Inbox; sent once more when the reply is lost.

        When both replies are lost the messages may have been accepted all the same: they are found by `pending`.
        """
        if not messages:
            return []
        names = [keys.INBOX]
        args: list[Argument] = [CLAIM_S, self._dice.token(_TOKEN_BYTES).hex()]
        for message in messages:
            identities = (message.sender, message.alias or message.sender, message.phone or message.sender)
            names += [keys.claim(message.id), *map(keys.alias, identities)]
            args += [f"u{self._dice.token(_TOKEN_BYTES).hex()}", msgspec.json.encode(message)]
        answers = await evaluate(self._run, ACCEPT, names, args, repeatable=True)
        return [_accepted(message, *answer) for message, answer in zip(messages, answers, strict=True)]

    async def pending(self, limit: int) -> list[Entry]:
        """As Inbox. An entry that cannot be read is counted and left where it is."""
        [rows] = await self._run([("XRANGE", keys.INBOX, "-", "+", "COUNT", limit)])
        return [entry for row in rows if (entry := self._entry(row)) is not None]

    def _entry(self, row: list[Any]) -> Entry | None:
        entry_id, flat = row
        fields: dict[bytes, bytes] = dict(zip(flat[::2], flat[1::2], strict=True))
        message = readable(_DECODER, fields.get(b"message", b""), self._meter, "inbox")
        return None if message is None else Entry(entry_id.decode(), fields.get(b"user", b"").decode(), message)


def _accepted(message: Incoming, user: bytes, entry: bytes | None) -> Accepted:
    return Accepted(message, user.decode(), None if entry is None else entry.decode())
