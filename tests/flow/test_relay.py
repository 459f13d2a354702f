"""From the log to listeners: at least once, in whichever instance, and not for ever."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.events import CacheInvalidated, Event, PaymentReceived
from service.core.freshness import Namespace
from service.flow.bus import Bus
from service.flow.relay import LOOK_EVERY_S, MAX_TRIES, TAKE_OVER_EVERY_S, Relay
from service.observe.meter import MemoryMeter
from service.ports import Listener
from tests.flow.events_kit import LINKED, FakeLog, received
from tests.flow.kit import virtually

OUTDATED = CacheInvalidated(1.0, "acc_ann", (Namespace.BALANCE,), "another")


class Instance:
    """A bus and its relay over a log. `fails` is how often a payment's listener fails before it succeeds."""

    def __init__(self, clock: VirtualClock, log: FakeLog, fails: int = 0) -> None:
        self.clock = clock
        self.meter = MemoryMeter()
        self.heard: list[Event] = []
        self.slow: list[Event] = []
        self.forgotten: list[CacheInvalidated] = []
        self.fails = fails
        listeners = [
            Listener("notice", (PaymentReceived,), self._hear),
            Listener("slow", (PaymentReceived,), self._hear_slowly),
        ]
        self.bus = Bus(listeners, log, clock, self.meter)
        self.relay = Relay(self.bus, log, self._forget, clock, self.meter, is_on=lambda: True)

    async def _hear(self, event: Event) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("not now")
        self.heard.append(event)

    async def _hear_slowly(self, event: Event) -> None:
        await self.clock.sleep(10.0)
        self.slow.append(event)

    async def _forget(self, event: CacheInvalidated) -> None:
        self.forgotten.append(event)


def play(scenario: Callable[[Instance, FakeLog, VirtualClock], Awaitable[None]], *, fails: int = 0) -> None:
    """The scenario beside a running relay."""

    async def main(clock: VirtualClock) -> None:
        log = FakeLog()
        instance = Instance(clock, log, fails)
        running = asyncio.create_task(instance.relay.run())
        await clock.sleep(0.01)
        try:
            await scenario(instance, log, clock)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    virtually(main)


def test_what_an_instance_adds_is_heard_at_once() -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        await instance.bus.announce([received()])
        await clock.sleep(0.001)
        assert instance.heard == [received()]
        assert log.held["notice"] == {}

    play(scenario)


def test_what_others_add_is_heard_soon() -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        await log.append([received()])
        await clock.sleep(LOOK_EVERY_S)
        assert instance.heard == [received()]

    play(scenario)


def test_a_slow_listener_holds_up_no_other() -> None:
    async def scenario(instance: Instance, _log: FakeLog, clock: VirtualClock) -> None:
        for number in range(3):
            await instance.bus.announce([received(number)])
            await clock.sleep(1.5)
        assert len(instance.heard) == 3
        await clock.sleep(30.0)
        assert len(instance.slow) == 3

    play(scenario)


def test_what_a_listener_failed_with_comes_again() -> None:
    async def scenario(instance: Instance, _log: FakeLog, clock: VirtualClock) -> None:
        await instance.bus.announce([received()])
        await clock.sleep(4 * TAKE_OVER_EVERY_S)
        assert instance.heard == [received()]
        assert instance.meter.by_label("events")["notice:failed"] == 2

    play(scenario, fails=2)


def test_an_event_that_always_fails_is_given_up_and_counted() -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        await instance.bus.announce([received()])
        await clock.sleep((MAX_TRIES + 3) * (TAKE_OVER_EVERY_S + LOOK_EVERY_S))
        assert instance.heard == []
        assert instance.meter.by_label("events")["notice:failed"] == MAX_TRIES
        assert instance.meter.by_label("events")["notice:given_up"] == 1
        assert log.held["notice"] == {}

    play(scenario, fails=1_000)


@pytest.mark.parametrize(("event", "given_up"), [(None, 1), (LINKED, 0)])
def test_what_cannot_be_read_or_does_not_concern_a_listener_is_done_with(event: Event | None, given_up: int) -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        log.events.append(event)
        await clock.sleep(LOOK_EVERY_S)
        assert instance.heard == []
        assert log.held["notice"] == {}
        assert instance.meter.by_label("events").get("notice:given_up", 0) == given_up

    play(scenario)


def test_what_other_instances_found_outdated_is_forgotten_here() -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        await log.append([OUTDATED])
        await clock.sleep(LOOK_EVERY_S)
        assert instance.forgotten == [OUTDATED]

    play(scenario)


def test_a_log_that_is_down_for_a_while_ends_nothing() -> None:
    async def scenario(instance: Instance, log: FakeLog, clock: VirtualClock) -> None:
        log.is_down = True
        await clock.sleep(60.0)
        log.is_down = False
        await log.append([received()])
        await clock.sleep(LOOK_EVERY_S)
        assert instance.heard == [received()]

    play(scenario)
