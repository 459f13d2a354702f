"""Listeners are told, and nothing that they do reaches whoever tells."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.events import Event, PaymentReceived, UserLinked
from service.flow.bus import HEAR_WITHIN_S, QUEUED, Bus, one_by_one
from service.observe.meter import MemoryMeter
from service.ports import Listener
from tests.flow.events_kit import LINKED, FakeLog, received
from tests.flow.kit import virtually


class Ear:
    """A listener that remembers what it heard."""

    def __init__(self, act: Callable[[], Awaitable[object]] | None = None) -> None:
        self.heard: list[Event] = []
        self._act = act

    async def hear(self, event: Event) -> None:
        self.heard.append(event)
        if self._act is not None:
            await self._act()


async def fail() -> None:
    raise RuntimeError("a listener's own mistake")


def listening(name: str, ear: Ear, *kinds: type[Event]) -> Listener:
    return Listener(name, kinds or (UserLinked, PaymentReceived), ear.hear)


def test_off_whoever_tells_waits_for_one_listener_after_the_other() -> None:
    async def main(clock: VirtualClock) -> None:
        slow, other = Ear(lambda: clock.sleep(10.0)), Ear()
        announce = one_by_one([listening("slow", slow), listening("other", other)], MemoryMeter())
        began_s = clock.monotonic()
        await announce([LINKED])
        assert clock.monotonic() - began_s == pytest.approx(10.0)
        assert slow.heard == other.heard == [LINKED]

    virtually(main)


def test_off_a_listener_that_fails_is_counted_and_no_more() -> None:
    async def main(_clock: VirtualClock) -> None:
        meter, bad, other = MemoryMeter(), Ear(fail), Ear()
        await one_by_one([listening("bad", bad), listening("other", other)], meter)([LINKED])
        assert other.heard == [LINKED]
        assert meter.by_label("events") == {"bad:failed": 1, "other:heard": 1}

    virtually(main)


def test_a_listener_that_never_ends_is_interrupted() -> None:
    async def main(clock: VirtualClock) -> None:
        meter, stuck = MemoryMeter(), Ear(asyncio.Event().wait)
        began_s = clock.monotonic()
        await one_by_one([listening("stuck", stuck)], meter)([LINKED])
        assert clock.monotonic() - began_s == pytest.approx(HEAR_WITHIN_S)
        assert meter.by_label("events") == {"stuck:failed": 1}

    virtually(main)


def test_a_listener_hears_only_what_it_asked_for() -> None:
    async def main(_clock: VirtualClock) -> None:
        ear = Ear()
        await one_by_one([listening("ear", ear, PaymentReceived)], MemoryMeter())([LINKED, received()])
        assert ear.heard == [received()]

    virtually(main)


def test_on_telling_takes_no_time_and_a_slow_listener_holds_up_no_other() -> None:
    async def main(clock: VirtualClock) -> None:
        slow, bad, quick = Ear(lambda: clock.sleep(10.0)), Ear(fail), Ear()
        listeners = [listening("slow", slow), listening("bad", bad), listening("quick", quick)]
        bus = Bus(listeners, FakeLog(), clock, MemoryMeter())
        tasks = [asyncio.create_task(bus.work(one)) for one in listeners]
        began_s = clock.monotonic()
        await bus.announce([LINKED, LINKED])
        assert clock.monotonic() == began_s
        await clock.sleep(1.0)
        assert (len(quick.heard), len(bad.heard), len(slow.heard)) == (2, 2, 1)
        await clock.sleep(20.0)
        assert len(slow.heard) == 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    virtually(main)


def test_on_a_full_queue_drops_the_newest_and_counts_it() -> None:
    async def main(clock: VirtualClock) -> None:
        meter, ear = MemoryMeter(), Ear()
        bus = Bus([listening("ear", ear)], FakeLog(), clock, meter)
        told = [UserLinked(float(n), "ann") for n in range(QUEUED + 3)]
        await bus.announce(told)
        assert meter.by_label("events") == {"dropped": 3}
        task = asyncio.create_task(bus.work(bus.listeners[0]))
        await clock.sleep(1.0)
        assert ear.heard == told[:QUEUED]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    virtually(main)


def test_on_what_must_not_be_lost_goes_into_the_log_and_nothing_else_does() -> None:
    async def main(clock: VirtualClock) -> None:
        log, ear = FakeLog(), Ear()
        bus = Bus([listening("ear", ear)], log, clock, MemoryMeter())
        await bus.announce([LINKED, received()])
        assert log.events == [received()]
        assert bus.logged.is_set()

    virtually(main)


def test_on_without_a_log_everything_is_heard_here() -> None:
    async def main(clock: VirtualClock) -> None:
        log, ear, meter = FakeLog(), Ear(), MemoryMeter()
        log.is_down = True
        bus = Bus([listening("ear", ear)], log, clock, meter)
        await bus.announce([received(), LINKED])
        task = asyncio.create_task(bus.work(bus.listeners[0]))
        await clock.sleep(1.0)
        assert ear.heard == [received(), LINKED]
        assert meter.by_label("events") == {"log_failed": 1, "ear:heard": 2}
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    virtually(main)
