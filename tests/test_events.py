"""Item 4.1 over whole bots: two instances and one store, with the bus and without it."""

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from profiles.round_trip import RoundTrip
from profiles.simredis import SimRedis
from profiles.virtual_clock import VirtualClock, run_virtual
from service.app import build
from service.bot import Bot
from service.core.events import Event, PaymentReceived
from service.core.freshness import Namespace
from service.core.messages import Incoming
from service.core.sessions import Session
from service.ports import Listener
from service.store.events import RedisEvents
from service.store.one_by_one import OneByOne
from service.wiring.outside import Outside
from tests.store.kit import FakeDice, FakeMeter
from tests.test_app import NOW_S, SETTINGS

BALANCE = frozenset({Namespace.BALANCE})
RECEIVED = PaymentReceived(NOW_S, "p1", "wallet-bob", "wallet-ann", 500)


class Town:
    """Bots over one store; `sent` is what reached WhatsApp, `forgotten` what each bot was told to forget."""

    def __init__(self, clock: VirtualClock, phase: int, *listeners: Listener) -> None:
        self.clock = clock
        self.store = SimRedis(clock, RoundTrip(), FakeDice())
        self.sent: list[str] = []
        self.forgotten: list[list[str]] = [[], []]
        self.bots = [self._bot(n, phase, listeners) for n in range(2)]

    def _bot(self, number: int, phase: int, listeners: tuple[Listener, ...]) -> Bot:
        outside = Outside(
            self.clock,
            FakeDice(number),
            transport=httpx.MockTransport(self._answer),
            connection=self.store.connection_kwargs(),
            on_forget=lambda account_id, _: self.forgotten[number].append(account_id),
            listeners=listeners,
        )
        return build(msgspec.structs.replace(SETTINGS, pulse_phase=phase), outside)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.content.decode())
        return httpx.Response(200, json={"messages": [{"id": f"wamid.out{len(self.sent)}"}]})

    async def link(self, name: str, phone: str) -> None:
        hello = Incoming(f"wamid.{name}", phone.removeprefix("+"), phone, "text", "hi", int(NOW_S), NOW_S)
        [accepted] = await self.bots[0].inbox.accept([hello])
        session = Session(accepted.user, phone, f"acc-{name}", name, "token", NOW_S, f"wallet-{name}")
        await self.bots[0].sessions.save(session)


def play(phase: int, scene: Callable[[Town], Awaitable[None]], *listeners: Listener) -> None:
    """The scene in a town whose bots are running, where Ann and Bob are linked."""

    async def main(clock: VirtualClock) -> None:
        town = Town(clock, phase, *listeners)
        for bot in town.bots:
            await bot.start()
        await town.link("ann", "+18765550101")
        await town.link("bob", "+18765550102")
        await clock.sleep(5.0)
        town.sent.clear()
        try:
            await scene(town)
        finally:
            for bot in town.bots:
                await bot.stop(10)

    run_virtual(main, start_unix_s=NOW_S)


@pytest.mark.parametrize("phase", [3, 4])
def test_what_one_instance_forgets_the_other_forgets_too(phase: int) -> None:
    async def scene(town: Town) -> None:
        one = town.bots[0].housekeeping.reconciler
        with town.bots[0].follow():
            await one.forget("acc-ann", BALANCE)
        await town.clock.sleep(20.0)
        assert town.forgotten == [["acc-ann"], ["acc-ann"]]

    play(phase, scene)


@pytest.mark.parametrize("phase", [3, 4])
def test_a_recipient_is_told_once_by_whichever_instance(phase: int) -> None:
    async def scene(town: Town) -> None:
        for bot in town.bots:
            with bot.follow():
                await bot.housekeeping.reconciler.announce((RECEIVED,))
        await town.clock.sleep(5.0)
        assert ["You received *$5.00* from @ann." in text for text in town.sent] == [True]
        assert {name for forgotten in town.forgotten for name in forgotten} == {"acc-bob"}

    play(phase, scene)


def test_an_event_of_a_process_that_died_is_heard_in_another() -> None:
    async def scene(town: Town) -> None:
        dead = RedisEvents(OneByOne(town.bots[0].apart), FakeDice(9), FakeMeter(), "dead")
        await dead.append((RECEIVED,))
        await town.clock.sleep(5.0)
        assert len(town.sent) == 1

    play(4, scene)


def test_a_switch_that_goes_off_leaves_nothing_unheard() -> None:
    async def scene(town: Town) -> None:
        log = RedisEvents(OneByOne(town.bots[0].apart), FakeDice(9), FakeMeter(), "earlier")
        await log.append((RECEIVED,))
        await town.clock.sleep(20.0)
        assert len(town.sent) == 1

    play(3, scene)


def test_a_listener_that_fails_changes_nothing_for_the_others() -> None:
    async def hear(_event: Event) -> None:
        raise RuntimeError("a mistake in a listener")

    async def scene(town: Town) -> None:
        with town.bots[0].follow():
            await town.bots[0].housekeeping.reconciler.announce((RECEIVED,))
        await town.clock.sleep(600.0)
        assert len(town.sent) == 1
        meters = [bot.meter.by_label("events") for bot in town.bots]
        assert sum(meter.get("bad:failed", 0) for meter in meters) == 5
        assert sum(meter.get("bad:given_up", 0) for meter in meters) == 1

    play(4, scene, Listener("bad", (PaymentReceived,), hear))
