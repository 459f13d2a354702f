"""A small world around the commands, and Ann who writes to it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from service.commands.registry import Registry
from service.core.commands import CommandType, Parsed
from service.core.events import Event
from service.core.freshness import Namespace
from service.core.messages import Incoming
from service.core.payments import DailyLimits, Outcome, Payment, PaymentState, Rejected, Settled, Target, Unknown
from service.core.queries import Account
from service.core.requests import Request
from service.core.results import PaymentStatus, Result
from service.reply.formatters import interactive, text_only
from service.wiring.commands import commands
from tests.commands.fakes import ANN, BOB, NOW_S, FakeContacts, FakePayments, FakeSessions, FakeWallet, Flash

PROPOSED = Payment("p1", "ann", "acc_ann", "wallet_ann", Target("wallet", "@bob", "wallet_bob"), 500, "lunch", NOW_S)
OUTCOMES: list[tuple[Outcome, PaymentState, str | None]] = [
    (Settled(), PaymentState.SETTLED, None),
    (Settled(already=True), PaymentState.SETTLED, "already"),
    (Rejected("INSUFFICIENT_BALANCE"), PaymentState.REJECTED, "INSUFFICIENT_BALANCE"),
    (Unknown("PENDING"), PaymentState.UNKNOWN, "PENDING"),
]
MOVED = frozenset({Namespace.BALANCE, Namespace.TRANSACTIONS})


class World:
    """All commands over fakes. Ann is linked, in US dollars, with 50 dollars; Bob is linked too.

    `wrap` is put around each port before the commands get it.
    """

    def __init__(self, wrap: Callable[[Any], Any] = lambda port: port) -> None:
        self.now_s = NOW_S
        self.phone_region = "JM"
        self.wrap = wrap
        self.journal: list[str] = []
        self.flash = Flash()
        self.wallet = FakeWallet(self.journal)
        self.payments = FakePayments(self.journal)
        self.sessions = FakeSessions(self.journal, self.payments)
        self.sessions.by_user = {"ann": ANN, "bob": BOB}
        self.contacts = FakeContacts()
        self.forgotten: list[tuple[str, frozenset[Namespace]]] = []
        self.renewed: list[Account] = []
        self.announced: list[Event] = []
        self._message_ids = (f"wamid.{n}" for n in itertools.count(1))
        self.registry = self._registry()

    def ask(
        self,
        kind: CommandType,
        args: dict[str, str] | None = None,
        *,
        user: str = "ann",
        message_id: str | None = None,
        sent_at_s: float | None = None,
        phone: str | None = "+18765550001",
        text: str = "",
        unsupported: bool = False,
    ) -> Result:
        """What becomes of a command that is sent and handled now; whatever it is, there are words for it."""
        message = Incoming(
            id=message_id or next(self._message_ids),
            sender="18765550001",
            phone=phone,
            kind="unsupported" if unsupported else "text",
            text=text,
            sent_at_s=int(self.now_s if sent_at_s is None else sent_at_s),
            received_at_s=self.now_s,
        )
        result = asyncio.run(self._run(message, user, Parsed(kind, args or {})))
        assert text_only(result)
        assert interactive(result)
        return result

    def now(self) -> float:
        """The world is its own Clock, and no time goes by in a command."""
        return self.now_s

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"no command sleeps, least of all {seconds} s")

    def charge(self, work: str) -> None:
        raise AssertionError(f"no command charges {work}")

    @property
    def upstream_calls(self) -> int:
        """Reads and changes asked of Flash."""
        changes = [line for line in self.journal if hasattr(FakeWallet, line.split(maxsplit=1)[0])]
        return len(self.flash.queries) + len(changes)

    @property
    def latest(self) -> Payment:
        """Ann's latest payment as it is stored."""
        payment = self.payments.latest_of("ann")
        assert payment is not None
        return payment

    async def _run(self, message: Incoming, user: str, command: Parsed) -> Result:
        conversation = await self.sessions.open(user)
        return await self.registry.run(Request(message, user, command, conversation, self.now_s, self.phone_region))

    async def _forget(self, account_id: str, namespaces: frozenset[Namespace]) -> None:
        await asyncio.sleep(0)
        self.journal.append("forget " + " ".join(sorted(namespaces)))
        self.forgotten.append((account_id, namespaces))

    async def _announce(self, events: Sequence[Event]) -> None:
        await asyncio.sleep(0)
        self.announced += events

    def _registry(self) -> Registry:
        ports = (self.flash, self.wallet, self.sessions, self.payments, self._forget)
        fetch, wallet, sessions, payments, forget = map(self.wrap, ports)
        return commands(
            fetch=fetch,
            forget=forget,
            renew=self.renewed.append,
            announce=self._announce,
            together=in_sequence,
            wallet=wallet,
            sessions=sessions,
            contacts=self.contacts,
            payments=payments,
            limits=DailyLimits(cents=1_000_000, payments=100),
            clock=self,
        )


async def in_sequence(*operations: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Implements Together."""
    return [await operation() for operation in operations]


def world_with(wrap: Callable[[Any], Any] = lambda port: port, **changes: Any) -> World:
    """Ann has this payment."""
    world = World(wrap)
    world.payments.put(msgspec.structs.replace(PROPOSED, **changes))
    return world


def status(result: Result) -> PaymentStatus:
    assert isinstance(result, PaymentStatus)
    return result
