"""A store that loses commands or replies: whoever asks again comes to where everybody else is.

Every operation of every port that changes something is carried out without a loss, and then with losses: the command
does not arrive, half of it does, or it has its effect and the reply is lost. The operation deals with that by itself or
raises StoreUnavailable, and then its caller does what callers do: it asks again. The store must be the same after both.
"""

import re
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any, NamedTuple

import msgspec
import pytest

from service.core.errors import StoreUnavailable
from service.core.experiments import Arm
from service.core.messages import Entry, OutboxItem, Text
from service.core.payment_steps import advance
from service.core.payments import DailyLimits, PaymentState
from service.core.sessions import Contact, Linking
from service.core.switches import FlagChange
from service.store.cache import RedisCache, RedisStats, RedisUsage
from service.store.commands import Command, Run
from service.store.contacts import RedisContacts
from service.store.control import ControlRequest, RedisControl
from service.store.experiments import RedisExperiments
from service.store.flags import RedisFlags
from service.store.inbox import RedisInbox
from service.store.outbox import RedisOutbox
from service.store.payments import RedisPayments
from service.store.sealing import Sealer
from service.store.sessions import RedisSessions
from tests.store.kit import FakeClock, FakeDice, FakeMeter, Losing, Stage, figures, incoming, proposal, session, trial

REPLIES = [Text("one"), Text("two")]
ONE = proposal()
LIMITS, NOW_S = DailyLimits(cents=100_000, payments=10), 1_700_000_005.0
CONFIRMED = advance(ONE, PaymentState.CONFIRMED, confirmed_by="wamid.2")
LINKING = Linking("+18765550101", 1_700_000_000.0, attempts=2)
INTENDED = advance(CONFIRMED, PaymentState.INTENDED, intended_at_s=1_700_000_010.0)
UNKNOWN = advance(INTENDED, PaymentState.UNKNOWN, check_at_s=1_700_000_020.0)
SETTLED = advance(UNKNOWN, PaymentState.SETTLED, checked_at_s=1_700_000_020.0)
NOTICE = OutboxItem(f"{ONE.id}:00", "18765550101", Text("paid"), "wamid.2")
MUM = Contact("Mum", "+18765550102")
CHANGE, LATER = FlagChange(1.0, "1.1", 25.0, "ann"), FlagChange(2.0, "1.2", 50.0, "bob")
WARM = ControlRequest("warm", "r1")
EXPOSED: dict[Arm, list[bytes]] = {"off": [b"u1", b"u2"], "on": [b"u3"]}


class Ports:
    """Every port of the store over one way to send commands."""

    def __init__(self, run: Run, seed: int = 1) -> None:
        dice, meter = FakeDice(seed), FakeMeter()
        self.payments = RedisPayments(run, dice, meter)
        self.sessions = RedisSessions(run, Sealer(b"k" * 32, dice), self.payments, meter)
        self.contacts = RedisContacts(run, meter)
        self.inbox = RedisInbox(run, dice, meter)
        self.outbox = RedisOutbox(run, dice, meter)
        self.cache = RedisCache(run)
        self.usage = RedisUsage(run)
        self.stats = RedisStats(run)
        self.flags = RedisFlags(run)
        self.experiments = RedisExperiments(run)
        self.control = RedisControl(run, FakeClock(), "one")


class Case(NamedTuple):
    """An operation on what `prepare` gives.

    `told_otherwise`: who asks again after an error may be told that it was done before.
    """

    do: Callable[[Ports, Any], Awaitable[Any]]
    prepare: Callable[[Ports], Awaitable[Any]] | None = None
    told_otherwise: bool = False


async def _entry(ports: Ports) -> Entry:
    [accepted] = await ports.inbox.accept([incoming()])
    return Entry(accepted.entry or "", accepted.user, accepted.message)


async def _items(ports: Ports) -> Any:
    return await ports.outbox.finish(await _entry(ports), REPLIES)


async def _confirmed(ports: Ports) -> None:
    await ports.payments.propose(ONE)
    await ports.payments.move(ONE, CONFIRMED)


async def _unknown(ports: Ports) -> None:
    await _confirmed(ports)
    await ports.payments.move(CONFIRMED, INTENDED)
    await ports.payments.move(INTENDED, UNKNOWN)


async def _linked(ports: Ports) -> None:
    await ports.sessions.save(session())
    await ports.sessions.save_linking("u1", LINKING)
    await ports.payments.propose(ONE)


async def _cached(ports: Ports) -> None:
    for key in ("cache:a", "cache:b", "site:c"):
        await ports.cache.set(key, b"old", 60.0)


async def _instance_gone(ports: Ports) -> None:
    await ports.stats.publish("one", {"hits": 1.0})
    await ports.stats.publish("gone", {"hits": 2.0})
    await ports.cache.delete([])
    await ports.stats._run([("DEL", "stats:gone")])


async def _half_sent(ports: Ports) -> None:
    items = await _items(ports)
    await ports.outbox._run([("HDEL", "outbox", items[0].id)])


CASES = {
    "inbox.accept": Case(lambda at, _: at.inbox.accept([incoming(1), incoming(2)]), told_otherwise=True),
    "outbox.finish": Case(lambda at, entry: at.outbox.finish(entry, REPLIES), _entry, told_otherwise=True),
    "outbox.finish without replies": Case(lambda at, entry: at.outbox.finish(entry, []), _entry),
    "outbox.add": Case(lambda at, _: at.outbox.add(NOTICE), told_otherwise=True),
    "outbox.sent": Case(lambda at, items: at.outbox.sent(items[:1]), _items),
    "outbox.retry": Case(lambda at, items: at.outbox.retry(items[0]), _items),
    "outbox.pending": Case(lambda at, _: at.outbox.pending(10), _half_sent),
    "sessions.open": Case(lambda at, _: at.sessions.open("u1"), _linked),
    "sessions.save": Case(
        lambda at, _: at.sessions.save(session()), lambda at: at.sessions.save_linking("u1", LINKING)
    ),
    "sessions.delete": Case(lambda at, _: at.sessions.delete(session()), _linked),
    "sessions.save_linking": Case(lambda at, _: at.sessions.save_linking("u1", LINKING)),
    "contacts.save": Case(lambda at, _: at.contacts.save("u1", MUM)),
    "contacts.remove": Case(
        lambda at, _: at.contacts.remove("u1", "mum"), lambda at: at.contacts.save("u1", MUM), told_otherwise=True
    ),
    "payments.propose": Case(lambda at, _: at.payments.propose(proposal(2), ONE), lambda at: at.payments.propose(ONE)),
    "payments.move": Case(
        lambda at, _: at.payments.move(ONE, CONFIRMED), lambda at: at.payments.propose(ONE), told_otherwise=True
    ),
    "payments.move on": Case(lambda at, _: at.payments.move(UNKNOWN, SETTLED, NOTICE), _unknown, told_otherwise=True),
    "payments.confirm": Case(
        lambda at, _: at.payments.confirm(ONE, CONFIRMED, LIMITS),
        lambda at: at.payments.propose(ONE),
        told_otherwise=True,
    ),
    "cache.set": Case(lambda at, _: at.cache.set("cache:a", b"new", 60.0), _cached),
    "cache.set_if_generation": Case(
        lambda at, _: at.cache.set_if_generation("cache:a", b"new", 60.0, "u1", None), _cached
    ),
    "cache.bump": Case(lambda at, _: at.cache.bump("u1", ["cache:a", "site:c"]), _cached),
    "cache.delete": Case(lambda at, _: at.cache.delete(["cache:a", "site:c"]), _cached),
    "cache.clear": Case(lambda at, _: at.cache.clear(), _cached, told_otherwise=True),
    "usage.save": Case(lambda at, _: at.usage.save({"a": 1.0, "b": 2.5})),
    "stats.publish": Case(lambda at, _: at.stats.publish("one", {"hits": 3.0})),
    "stats.read": Case(lambda at, _: at.stats.read(), _instance_gone),
    "flags.write": Case(lambda at, _: at.flags.write(CHANGE), lambda at: at.flags.write(LATER)),
    "experiments.begin": Case(lambda at, _: at.experiments.begin(trial())),
    "experiments.finish": Case(
        lambda at, _: at.experiments.finish(trial(stopped_at_s=2.0)), lambda at: at.experiments.begin(trial())
    ),
    "experiments.publish": Case(lambda at, _: at.experiments.publish("ttl", "one", figures(7), EXPOSED)),
    "control.request": Case(lambda at, _: at.control.request(WARM)),
    "control.take": Case(lambda at, _: at.control.take(), lambda at: at.control.request(WARM)),
    "control.answer": Case(lambda at, _: at.control.answer("r1", b"{}")),
}


async def _nothing(_ports: Ports) -> None:
    """There was nothing before."""


async def _carry_out(case: Case, run: Run, unreliable: Run) -> tuple[Any, dict[str, Any]]:
    """What the operation gives in the end, and what there is in the store then."""
    facts = await (case.prepare or _nothing)(Ports(run))
    ports = Ports(unreliable, seed=2)
    for _ in range(4):
        try:
            result = await case.do(ports, facts)
        except StoreUnavailable:
            continue
        return _without_chance(result), await _everything(run)
    raise AssertionError("it never succeeds")


async def _everything(run: Run) -> dict[str, Any]:
    """Every key with its value and whether it expires; in it nothing that differs from run to run."""
    [names] = await run([("KEYS", "*")])
    return {name.decode(): await _value(run, name) for name in names}


READ: dict[bytes, Callable[[bytes], Command]] = {
    b"string": lambda name: ("GET", name),
    b"hash": lambda name: ("HGETALL", name),
    b"list": lambda name: ("LRANGE", name, 0, -1),
    b"set": lambda name: ("SMEMBERS", name),
    b"zset": lambda name: ("ZRANGE", name, 0, -1),
    b"stream": lambda name: ("XRANGE", name, "-", "+"),
}


async def _value(run: Run, name: bytes) -> tuple[Any, bool]:
    kind, life_s = await run([("TYPE", name), ("TTL", name)])
    [value] = await run([READ[kind if isinstance(kind, bytes) else kind.encode()](name)])
    if name.startswith(b"session:"):  # sealed, under a nonce that is never the same
        value = Sealer(b"k" * 32, FakeDice()).open(value, name)
    if name.startswith(b"moved:"):  # by how much, and when on the store's clock, which has gone on
        value = re.sub(rb" \d+", b" NOW", b"|".join(value))
    if name.startswith(b"generation:"):  # a number that has changed: by how much says nothing
        value = value is not None
    return _without_chance(value), life_s > 0


def _without_chance(value: object) -> str:
    """Tokens, the ids of users, and those of entries, which are times: all of them are different in every run."""
    text = re.sub(r"[0-9a-f]{32}", "TOKEN", str(msgspec.to_builtins(value, builtin_types=(bytes,))))
    return re.sub(r"\d{13}-\d+", "ENTRY", text)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
@pytest.mark.parametrize("name", CASES)
def test_after_a_loss_everything_is_as_without(stage: Stage, name: str) -> None:
    case = CASES[name]

    async def scenario(run: Run) -> None:
        result, state = await _carry_out(case, run, run)
        for lost in product((0, 1, None), (1, 2, 3)):  # how many of the commands arrive, and how often in a row
            await run([("FLUSHALL",)])
            losing = Losing(run, times=lost[1], carried_out=lost[0])
            result_after_losses, state_after_losses = await _carry_out(case, run, losing)
            assert (lost, losing.left, state_after_losses) == (lost, 0, state)
            if not case.told_otherwise:
                assert (lost, result_after_losses) == (lost, result)

    stage.play(scenario)


PORTS = (
    RedisInbox,
    RedisOutbox,
    RedisSessions,
    RedisContacts,
    RedisPayments,
    RedisCache,
    RedisUsage,
    RedisStats,
    RedisFlags,
    RedisExperiments,
    RedisControl,
)
ONLY_READS = {
    "inbox.pending",
    "sessions.find_by_phone",
    "sessions.find_by_user",
    "sessions.find_account",
    "sessions.find_by_wallet",
    "contacts.all",
    "contacts.find",
    "payments.get",
    "payments.due",
    "payments.undecided",
    "payments.for_human",
    "cache.get",
    "cache.generation_key",
    "usage.load",
    "flags.read",
    "flags.history",
    "experiments.all",
    "experiments.running",
    "experiments.figures",
    "control.wait_answer",
}


def test_every_operation_that_changes_something_is_tried_here() -> None:
    operations = {
        f"{port.__name__.removeprefix('Redis').lower()}.{name}"
        for port in PORTS
        for name in vars(port)
        if not name.startswith("_")
    }
    assert {name.split()[0] for name in CASES} == operations - ONLY_READS


@pytest.mark.parametrize("command", [("INCR", "n"), ("LPUSH", "l", "a"), ("XADD", "s", "*", "a", "1")])
def test_a_command_that_may_not_be_sent_twice_is_noticed(stage: Stage, command: Command) -> None:
    case = Case(lambda at, _: at.stats._run([command]))

    async def scenario(run: Run) -> None:
        _, state = await _carry_out(case, run, run)
        await run([("FLUSHALL",)])
        _, state_after_loss = await _carry_out(case, run, Losing(run, 1))
        assert state_after_loss != state

    stage.play(scenario)
