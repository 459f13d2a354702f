"""Sessions: the link between a user and an account, sealed as a whole; its expiry moves forward with every message.

`phone:` and `account:` say who has linked a number or an account. They do not expire, so they are believed only when
the session says the same.
"""

import msgspec

from service.core.payments import Payment
from service.core.queries import Account
from service.core.sessions import Conversation, Linking, Session
from service.ports import Meter, Payments
from service.store import keys
from service.store.commands import Run
from service.store.records import readable
from service.store.scripts import evaluate, script
from service.store.sealing import Sealer, Unsealable

__all__ = ["DELETE", "LINKING_S", "SAVE", "SESSION_S", "RedisSessions"]

SESSION_S = 30 * 86_400
"""A session ends after this time without a message."""

LINKING_S = 600
"""A code that was not returned for this long is forgotten; each wrong code begins anew."""

# KEYS: session, linking, phone, account. ARGV: the sealed session, its life, the user.
SAVE = script("""
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[3], ARGV[3])
redis.call('SET', KEYS[4], ARGV[3])
return 0
""")

# KEYS: session, linking, phone, account, latest proposal. ARGV: the user. Number and account may be another's by now.
DELETE = script("""
redis.call('DEL', KEYS[1], KEYS[2], KEYS[5])
for i = 3, 4 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end
return 0
""")

_SESSION = msgspec.json.Decoder(Session)
_LINKING = msgspec.json.Decoder(Linking)


class RedisSessions:
    """Implements Sessions."""

    def __init__(self, run: Run, sealer: Sealer, payments: Payments, meter: Meter) -> None:
        self._run = run
        self._sealer = sealer
        self._payments = payments
        self._meter = meter

    async def open(self, user: str) -> Conversation:
        """As Sessions. The payment costs a round trip of its own, only when there is one of the last day."""
        sealed, linking, payment_id = await self._run(
            [
                ("GETEX", keys.session(user), "EX", SESSION_S),
                ("GET", keys.linking(user)),
                ("GET", keys.open_payment(user)),
            ]
        )
        return Conversation(
            session=self._session(user, sealed),
            linking=None if linking is None else readable(_LINKING, linking, self._meter, "linking"),
            payment=await self._payment(payment_id),
        )

    async def save(self, session: Session) -> None:
        """As Sessions; ends the linking."""
        sealed = self._sealer.seal(msgspec.json.encode(session), keys.session(session.user).encode())
        names = _names(session)
        await evaluate(self._run, SAVE, names, [sealed, SESSION_S, session.user], repeatable=True)

    async def delete(self, session: Session) -> None:
        """As Sessions; with it go its linking and what points to its latest proposal, not the payment."""
        names = [*_names(session), keys.open_payment(session.user)]
        await evaluate(self._run, DELETE, names, [session.user], repeatable=True)

    async def save_linking(self, user: str, linking: Linking) -> None:
        """As Sessions."""
        await self._run([("SET", keys.linking(user), msgspec.json.encode(linking), "EX", LINKING_S)])

    async def find_by_phone(self, phone: str) -> Session | None:
        """As Sessions; does not push the session's expiry forward."""
        session = await self._find(keys.phone(phone))
        return session if session is not None and session.phone == phone else None

    async def find_by_user(self, user: str) -> Session | None:
        """As Sessions."""
        [sealed] = await self._run([("GET", keys.session(user))])
        return self._session(user, sealed)

    async def find_account(self, account_id: str) -> Account | None:
        """As Sessions; does not push the session's expiry forward."""
        session = await self._find(keys.account(account_id))
        return session.account if session is not None and session.account_id == account_id else None

    async def _find(self, pointer: str) -> Session | None:
        [user] = await self._run([("GET", pointer)])
        if user is None:
            return None
        name = user.decode()
        [sealed] = await self._run([("GET", keys.session(name))])
        return self._session(name, sealed)

    def _session(self, user: str, sealed: bytes | None) -> Session | None:
        """None also for a value that does not open: it stays, as a wrong key may have been deployed."""
        if sealed is None:
            return None
        try:
            opened = self._sealer.open(sealed, keys.session(user).encode())
        except Unsealable:
            self._meter.count("store_unreadable", "session")
            return None
        return readable(_SESSION, opened, self._meter, "session")

    async def _payment(self, payment_id: bytes | None) -> Payment | None:
        return None if payment_id is None else await self._payments.get(payment_id.decode())


def _names(session: Session) -> list[str]:
    user = session.user
    return [keys.session(user), keys.linking(user), keys.phone(session.phone), keys.account(session.account_id)]
