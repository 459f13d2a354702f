"""All of it together: users, WhatsApp and Flash, a store behind a proxy, and the bot that may be killed at any time."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import httpx

from service.core.payment_steps import ANSWERED_WITHIN_S
from service.sandbox.accounts import otp_code
from service.sandbox.asgi import Sandbox
from tests.crash.bot import Bot
from tests.crash.history import Seen, astray, effects_of, judge
from tests.crash.outside import Gate, make_sandbox, served
from tests.crash.phone import Courier, Phone, Replies
from tests.crash.proxy import Proxy
from tests.crash.traps import WAIT_S, Moment, Traps
from tests.crash.valkey import Valkey

__all__ = ["Town", "eventually", "town"]

_DECIDED_WITHIN_S = ANSWERED_WITHIN_S + 240.0  # sent again at the fourth lookup, if nothing of it is found
"""A payment whose second sending was interrupted is looked after when that must have ended, not before."""

_FIRST_CENTS = 1_001  # four digits each: no amount is the beginning of another


class Town:
    """What a test acts on."""

    def __init__(
        self,
        sandbox: Sandbox,
        traps: Traps,
        *,
        valkey: Valkey,
        proxy: Proxy,
        bot: Bot,
        courier: Courier,
        replies: Replies,
    ) -> None:
        self.sandbox = sandbox
        self.traps = traps
        self.valkey = valkey
        self.proxy = proxy
        self.bot = bot
        self.courier = courier
        self.replies = replies
        self.phones = [self._phone(name) for name in sandbox.world.names if name != "shop"]
        self._cents = _FIRST_CENTS

    def next_cents(self) -> int:
        """An amount that no other payment has."""
        self._cents += 1
        return self._cents

    async def link(self) -> None:
        """Every user links their account."""
        await asyncio.gather(*(self._link(phone) for phone in self.phones))

    async def quiet(self) -> None:
        """Returns when every message is answered and every answer taken."""
        await eventually(lambda: self.valkey.waiting() == 0, "something waits in the inbox or in the outbox")

    async def recovered(self) -> None:
        """Returns when every user has been answered once more, while all of them go on asking."""
        before = {phone.name: self._answered(phone) for phone in self.phones}
        await eventually(
            lambda: all(self._answered(phone) > before[phone.name] for phone in self.phones), "not all are answered"
        )

    def sent_unrecorded(self) -> int:
        """How many more payments Flash was sent than the store was first told of; none, if it is always told first."""
        told = [self.traps.seen.get((f"move:{state}", Moment.EFFECT), 0) for state in ("intended", "unknown")]
        return self.traps.seen.get(("pay", Moment.BEFORE), 0) - sum(told)

    def _answered(self, phone: Phone) -> int:
        return sum(message_id in self.replies.by_id for message_id in phone.sent)

    def seen(self) -> Seen:
        """What there is to judge now."""
        wallets = {phone.wallet for phone in self.phones}
        return Seen(
            orders=[order for phone in self.phones for order in phone.orders],
            effects=effects_of(self.sandbox.world.ledger.journal, wallets),
            acknowledged=self.courier.acknowledged,
            sent={phone.name: [one for one in phone.sent if one not in self.courier.refused] for phone in self.phones},
            replies=self.replies.by_id,
            records=self.valkey.payments(),
            astray=astray(self.sandbox.world.ledger.journal, wallets, self.sandbox.world.names["shop"].usd_wallet_id),
        )

    async def judged(self, *, to_the_end: bool = True) -> list[str]:
        """What is wrong when everything is answered; and, `to_the_end`, when no payment's end is unknown any more."""
        if to_the_end:
            unknown = "there are payments whose end is not known"
            await eventually(lambda: self.valkey.undecided() == 0, unknown, _DECIDED_WITHIN_S)
        await self.quiet()
        unrecorded = ["a payment was sent before it was on record"] if self.sent_unrecorded() > 0 else []
        return [*unrecorded, *judge(self.seen(), is_over=to_the_end)]

    def _phone(self, name: str) -> Phone:
        account = self.sandbox.world.names[name]
        number = (account.phone or "").removeprefix("+")
        return Phone(name, number, account.usd_wallet_id, courier=self.courier, replies=self.replies, now=time.time)

    async def _link(self, phone: Phone) -> None:
        await phone.ask("link")
        account = self.sandbox.world.names[phone.name]
        answer = await phone.ask(f"verify {otp_code(account.phone or '')}")
        assert "linked" in answer.text.lower(), answer.text


async def eventually(holds: Callable[[], bool], otherwise: str, within_s: float = WAIT_S) -> None:
    """Returns as soon as it holds."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, f"after {within_s:g} s {otherwise}"
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def town(people: Sequence[str], *, data_dir: Path | None = None, phase: int = 3) -> AsyncIterator[Town]:
    """Everything up, every user linked. `data_dir` is where the store keeps its data, if not beside the rest."""
    traps, replies = Traps(), Replies()
    sandbox = make_sandbox(list(people), lambda message: replies.add(message.seq, message.body))
    async with contextlib.AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-")))
        valkey = Valkey(place, data_dir)
        stack.callback(valkey.kill)
        await valkey.start()
        proxy = Proxy(valkey.socket, traps, valkey.note_acknowledged)
        await stack.enter_async_context(proxy.listening(place / "proxy.sock"))
        url = await stack.enter_async_context(served(Gate(sandbox, traps)))
        bot = Bot(place, store=place / "proxy.sock", outside_url=url, phase=phase)
        stack.callback(bot.kill)
        await bot.start()
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=15.0, trust_env=False))
        courier = Courier(http, lambda: bot.url)
        here = Town(sandbox, traps, valkey=valkey, proxy=proxy, bot=bot, courier=courier, replies=replies)
        await here.link()
        yield here
