"""Mistakes that somebody could make in the service, each planted for as long as a test wants.

Each is a patch of the real code from outside: there is no hook for it in the service.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import msgspec

from profiles.simulate.faults import READ
from profiles.simulate.world import DEFAULT_KINDS
from service.commands import answer, fields, reconciler, send
from service.commands.paying import Paying
from service.commands.payments import PaymentFacade
from service.commands.reconciler import Reconciler
from service.core import payment_steps as core
from service.core.errors import StoreError
from service.core.messages import Accepted, Entry, Incoming, OutboxItem
from service.core.payments import Payment, Rejected, Settled, Unknown
from service.core.queries import Query
from service.core.reconciliation import Absent, after_lookup
from service.edge.webhook import Webhook
from service.flow.lanes import Lanes
from service.flow.turns import Turns
from service.flow.worker import Worker
from service.gateway import flash_wallet
from service.gateway.answers import Silence
from service.gateway.classify import classify
from service.gateway.flash_wallet import FlashWallet
from service.gateway.single_flight import SingleFlight
from service.reply.sender import Sender
from service.store import keys
from service.store import payments as stored_payments
from service.store.inbox import CLAIM_S, RedisInbox
from service.store.payments import RedisPayments
from service.store.scripts import Script, script
from tests.sim.slips import flight_of_its_leader, no_means_yes, order_to_the_one_before

__all__ = ["DEFECTS", "Defect", "planted_in"]

Planted = AbstractContextManager[None]


class Defect(msgspec.Struct, frozen=True):
    """A mistake, the invariants of which at least one breaks, and how it is planted.

    `kinds` are the faults of the worlds in which it is looked for.
    """

    name: str
    found_by: tuple[str, ...]
    plant: Callable[[], Planted]
    kinds: tuple[str, ...] = DEFAULT_KINDS


def planted_in(owner: Any, name: str, new: Any) -> Callable[[], Planted]:
    """The mistake `new` in the place of an attribute."""

    @contextmanager
    def planted() -> Iterator[None]:
        with patch.object(owner, name, new):
            yield

    return planted


def _all(*plants: Callable[[], Planted]) -> Callable[[], Planted]:
    @contextmanager
    def planted() -> Iterator[None]:
        first, *rest = plants
        with first():
            if rest:
                with _all(*rest)():
                    yield
            else:
                yield

    return planted


# --- paying


async def _pay_before_intent(self: Paying, request: Any, confirmed: Payment) -> Any:
    intended = core.intend(confirmed, now_s=self.clock.now(), can_repeat=self.wallet.can_repeat(confirmed))
    outcome = await self._pay(request, intended)
    stored, _ = await self.payments.move(confirmed, intended)
    return await self._settle(request, stored, outcome)


_CHANGE = RedisPayments._change


def _without_comparing(known: Script) -> Script:
    return script(known.text.replace(stored_payments._COMPARE, ""))


_CLASSIFY = classify


def _silence_is_failure(operation: str, heard: Any, target: Any) -> Any:
    return Rejected("TIMEOUT") if isinstance(heard, Silence) else _CLASSIFY(operation, heard, target)


def _pending_is_paid(operation: str, heard: Any, target: Any) -> Any:
    outcome = _CLASSIFY(operation, heard, target)
    return Settled() if outcome == Unknown("status PENDING", answered=True) else outcome


def _failure_is_believed(operation: str, heard: Any, target: Any) -> Any:
    outcome = _CLASSIFY(operation, heard, target)
    return Rejected("FAILURE") if outcome == Unknown("status FAILURE", answered=True) else outcome


_PAY = FlashWallet.pay


async def _pay_again_under_a_new_key(self: FlashWallet, account: Any, payment: Payment) -> Any:
    outcome = await _PAY(self, account, payment)
    if not isinstance(outcome, Unknown):
        return outcome
    return await _PAY(self, account, msgspec.structs.replace(payment, id=uuid4().hex))


_ORDER = flash_wallet._payment_order


def _without_a_key(payment: Payment, key: str | None) -> Any:
    del key
    return _ORDER(payment, None)


async def _anybodys_payment(self: PaymentFacade, request: Any) -> Any:
    asked, latest = request.command.args.get("payment"), request.conversation.payment
    return latest if asked is None else await self.payments.get(asked)


def _float_cents(request: Any) -> int | None:
    typed = request.command.args.get("amount", "")
    return int(float(typed) * 100) if typed.replace(".", "", 1).isdigit() else None


# --- finding out


def _absence_is_proof(payment: Payment, sighting: Any, now_s: float) -> Payment:
    if isinstance(sighting, Absent):
        return core.conclude(payment, Rejected("NOT_FOUND"), now_s)
    return _AFTER_LOOKUP(payment, sighting, now_s)


_AFTER_LOOKUP = after_lookup


async def _told_without_the_outbox(self: Reconciler, before: Payment, after: Payment) -> None:
    """The outcome first, and then the word of it."""
    notice = reconciler.notice_of(after, self.word) if after.state is not before.state else None
    _, is_done = await self.payments.move(before, after)
    if is_done and notice is not None:
        await self.hurry.__self__.deliver([notice])  # type: ignore[attr-defined]  # a method of the sender


async def _with_a_ttl(self: RedisPayments, what: Any, before: Payment, after: Payment, further: Any) -> Any:
    changed = await _CHANGE(self, what, before, after, further)
    await self._run([("EXPIRE", keys.payment(after.id), 86_400)])
    return changed


def _key_without_account(query: Query) -> str:
    return f"{query.namespace}:-:{query.argument}"


# --- messages and replies


async def _claim_then_enqueue(self: RedisInbox, messages: Sequence[Incoming]) -> list[Accepted]:
    accepted = []
    for message in messages:
        [user] = await self._run([("GET", keys.alias(message.sender))])
        [claimed] = await self._run([("SET", keys.claim(message.id), "1 0-0", "NX", "EX", CLAIM_S)])
        entry = None
        if claimed:
            stored = msgspec.json.encode(message)
            [entry] = await self._run([("XADD", keys.INBOX, "*", "user", user, "message", stored)])
        accepted.append(Accepted(message, user.decode(), entry.decode() if entry else None))
    return accepted


_ACCEPT = Webhook._accept


async def _acknowledge_first(self: Webhook, batch: Any) -> int:
    task = asyncio.get_running_loop().create_task(_ACCEPT(self, batch), name="lane")
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return 200


async def _answer_past_the_outbox(self: Worker, entry: Entry) -> None:
    with self._use(self._snapshot(entry.user)):
        replies = await self._desk(entry)
        await self._outbox.finish(entry, [])
        await self._deliver(_items(entry, replies))


async def _done_before_answered(self: Worker, entry: Entry) -> None:
    with self._use(self._snapshot(entry.user)):
        await self._outbox.finish(entry, [])
        await self._deliver(_items(entry, await self._desk(entry)))


def _items(entry: Entry, replies: Sequence[Any]) -> list[OutboxItem]:
    message = entry.message
    return [OutboxItem(f"{entry.id}:{n:02}", message.sender, one, message.id) for n, one in enumerate(replies)]


_SEND_FIRST = Sender._send_first


async def _forget_then_send(self: Sender, queue: Any) -> None:
    with suppress(StoreError):
        await self._outbox.sent([queue.items[0]])
    await _SEND_FIRST(self, queue)


_PUT = Lanes.put


def _a_lane_for_each_message(self: Lanes, entry: Entry) -> None:
    """The lane's name is the message's; who works on it sees the user all the same."""
    users = self.__dict__.setdefault("_users", {})
    users[entry.id] = entry.user
    _PUT(self, Entry(entry.id, f"{entry.user}/{entry.id}", entry.message))


_WORK_ON = Lanes._work_on


async def _work_as_its_user(self: Lanes, entry: Entry) -> bool:
    return await _WORK_ON(self, Entry(entry.id, entry.user.partition("/")[0], entry.message))


_NO_LANES = _all(
    planted_in(Lanes, "put", _a_lane_for_each_message),
    planted_in(Lanes, "_work_on", _work_as_its_user),
    planted_in(Turns, "__call__", lambda _turns, _user: nullcontext()),
)

DEFECTS = (
    Defect(
        "no intent before the post",
        ("at-most-once", "ledgers-agree"),
        planted_in(Paying, "_carry_out", _pay_before_intent),
    ),
    Defect(
        "changes that compare nothing, without lanes",  # lanes alone would hide it, and so would Flash's keys
        ("at-most-once",),
        _all(
            _NO_LANES,
            planted_in(stored_payments, "CONFIRM", _without_comparing(stored_payments.CONFIRM)),
            planted_in(stored_payments, "MOVE", _without_comparing(stored_payments.MOVE)),
        ),
        ("no-keys",),
    ),
    Defect("a time-out is a failure", ("no-false-word",), planted_in(flash_wallet, "classify", _silence_is_failure)),
    Defect("pending is paid", ("no-false-word",), planted_in(flash_wallet, "classify", _pending_is_paid)),
    Defect("a failure is believed", ("no-false-word",), planted_in(flash_wallet, "classify", _failure_is_believed)),
    Defect("sent again under a new key", ("at-most-once",), planted_in(FlashWallet, "pay", _pay_again_under_a_new_key)),
    Defect("sent again without a key", ("at-most-once",), planted_in(flash_wallet, "_payment_order", _without_a_key)),
    Defect("anybody's payment", ("kept-apart",), planted_in(PaymentFacade, "meant", _anybodys_payment)),
    Defect(
        "cents by float",
        ("at-most-once",),
        _all(*(planted_in(module, "amount_cents", _float_cents) for module in (fields, answer, send))),
    ),
    Defect("to somebody else", ("at-most-once",), planted_in(flash_wallet, "_payment_order", order_to_the_one_before)),
    Defect("no means yes", ("ledgers-agree",), planted_in(Paying, "withdraw", no_means_yes)),
    Defect("absence is proof", ("no-false-word",), planted_in(reconciler, "after_lookup", _absence_is_proof)),
    Defect("a late word past the outbox", ("answered",), planted_in(Reconciler, "_move", _told_without_the_outbox)),
    Defect("an intent that expires", ("ledgers-agree",), planted_in(RedisPayments, "_change", _with_a_ttl)),
    Defect("claimed, then enqueued", ("answered",), planted_in(RedisInbox, "accept", _claim_then_enqueue)),
    Defect("acknowledged before it is claimed", ("answered",), planted_in(Webhook, "_accept", _acknowledge_first)),
    Defect("answered past the outbox", ("answered",), planted_in(Worker, "__call__", _answer_past_the_outbox)),
    Defect("done before it is answered", ("answered",), planted_in(Worker, "__call__", _done_before_answered)),
    Defect("forgotten before it is sent", ("answered",), planted_in(Sender, "_send_first", _forget_then_send)),
    Defect("a lane for each message", ("in-order",), _NO_LANES),
    Defect(
        "a flight bound to its leader",
        ("undisturbed",),
        planted_in(SingleFlight, "__call__", flight_of_its_leader),
        READ,  # no kills, which would free those who were left behind
    ),
    Defect("a key without the account", ("kept-apart",), planted_in(Query, "key", property(_key_without_account))),
)
