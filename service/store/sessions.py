"""Sessions: the link between a user and an account, sealed as a whole; its expiry moves forward with every message.

`phone:`, `account:` and `wallet:` say who has linked a number, an account or its wallet. They do not expire, so they
are believed only when the session says the same.
"""

import msgspec

from service.core.payments import Payment
from service.core.queries import Account
from service.core.sessions import Conversation, Heard, Linking, Session
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

# KEYS: session, linking, then what points to the user: phone, account, wallet. ARGV: the sealed session, its life,
# the user.
SAVE = script("""
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', KEYS[2])
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], ARGV[3])
end
return 0
""")

# KEYS: session, linking, latest proposal, then what points to the user, which may be another's by now. ARGV: the user.
DELETE = script("""
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
for i = 4, #KEYS do
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
        names = [*_own_names(session), *_pointers(session)]
        await evaluate(self._run, SAVE, names, [sealed, SESSION_S, session.user], repeatable=True)

    async def delete(self, session: Session) -> None:
        """As Sessions; with it go its linking and what points to its latest proposal, not the payment."""
        names = [*_own_names(session), keys.open_payment(session.user), *_pointers(session)]
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

    async def find_by_wallet(self, wallet_id: str) -> Heard | None:
        """As Sessions. Each message of theirs gives the session its full life; what is gone of it is the time since."""
        [user] = await self._run([("GET", keys.wallet(wallet_id))])
        if user is None:
            return None
        name = user.decode()
        sealed, left_ms = await self._run([("GET", keys.session(name)), ("PTTL", keys.session(name))])
        session = self._session(name, sealed)
        if session is None or session.wallet_id != wallet_id:
            return None
        return Heard(session, max(0.0, SESSION_S - left_ms / 1_000))

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


def _own_names(session: Session) -> list[str]:
    return [keys.session(session.user), keys.linking(session.user)]


def _pointers(session: Session) -> list[str]:
    wallets = [keys.wallet(session.wallet_id)] if session.wallet_id else []
    return [keys.phone(session.phone), keys.account(session.account_id), *wallets]
