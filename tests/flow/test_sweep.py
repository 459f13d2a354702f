import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import ConfigError, StoreUnavailable, UpstreamUnavailable
from service.flow.intake import Intake
from service.flow.periodic import every
from service.flow.sweep import SWEEP_EVERY_S, sweep_inbox
from service.observe.meter import MemoryMeter
from tests.flow.kit import FakeInbox, Workshop, entry, virtually


class Step:
    """Notes when it was done, and raises what is due."""

    def __init__(self, *errors: Exception | None) -> None:
        self.times_s: list[float] = []
        self._errors = list(errors)

    async def __call__(self) -> None:
        self.times_s.append(asyncio.get_running_loop().time())
        if self._errors and (error := self._errors.pop(0)):
            raise error


async def nothing() -> None:
    """There is no answer to take up."""


async def sweep(inbox: FakeInbox, shop: Workshop, adopt: Callable[[], Awaitable[None]]) -> None:
    await sweep_inbox(inbox, Intake(inbox, shop.lanes.put), shop.lanes, adopt)


def repeated(step: Step) -> MemoryMeter:
    meter = MemoryMeter()

    async def main(clock: VirtualClock) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(9):
                await every(2, step, clock, meter, name="test")

    virtually(main)
    return meter


def test_every_offers_the_step_at_once_and_after_each_interval() -> None:
    step = Step()
    repeated(step)
    assert step.times_s == [0, 2, 4, 6, 8]


def test_every_goes_on_after_what_the_store_or_flash_failed() -> None:
    step = Step(StoreUnavailable("down"), UpstreamUnavailable("me", "time-out"), None, ConfigError("odd"))
    meter = repeated(step)
    assert len(step.times_s) == 5
    assert meter.by_label("background_errors") == {}


def test_every_counts_an_unexpected_error_and_goes_on() -> None:
    step = Step(ZeroDivisionError(), None, KeyError("odd"))
    meter = repeated(step)
    assert step.times_s == [0, 2, 4, 6, 8]
    assert meter.by_label("background_errors") == {"test": 2}


def test_a_sweep_offers_what_waits_oldest_first() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        await sweep(FakeInbox(entry("1"), entry("2")), shop, nothing)
        await shop.lanes.idle()
        return shop.log

    assert virtually(main) == [">1", "<1", ">2", "<2"]


def test_an_answer_that_nobody_heard_of_is_taken_up_before_what_has_waited_for_it() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("the reply was lost")
        await shop.offer(entry("1"), entry("2"))

        async def adopt() -> None:
            shop.log.append("adopted")

        await sweep(FakeInbox(entry("2")), shop, adopt)
        shop.lanes.put(entry("3"))
        await shop.lanes.idle()
        return shop.log

    assert virtually(main) == [">1", "adopted", ">2", "<2", ">3", "<3"]


def test_an_answer_that_cannot_be_taken_up_is_waited_for() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("the reply was lost")
        await shop.offer(entry("1"))

        async def adopt() -> None:
            raise StoreUnavailable("down")

        with pytest.raises(StoreUnavailable):
            await sweep(FakeInbox(entry("2")), shop, adopt)
        await shop.offer(entry("3"))
        return shop.log

    assert virtually(main) == [">1"]


def test_a_message_whose_hand_over_was_lost_is_found_and_answered_once() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop, inbox = Workshop(), FakeInbox()

        async def step() -> None:
            await sweep(inbox, shop, nothing)

        shop.nursery(every(SWEEP_EVERY_S, step, clock, shop.meter, name="sweep"), name="sweep")
        await asyncio.sleep(1)
        inbox.waiting = [entry("lost")]
        await asyncio.sleep(3 * SWEEP_EVERY_S)
        await shop.nursery.close()
        return shop.log

    assert virtually(main) == [">lost", "<lost"]


def test_a_sweep_of_an_inbox_that_cannot_be_read_offers_nothing() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop, inbox = Workshop(), FakeInbox(entry("1"))
        inbox.error = StoreUnavailable("down")
        with pytest.raises(StoreUnavailable):
            await sweep(inbox, shop, nothing)
        await shop.lanes.idle()
        return shop.log

    assert virtually(main) == []
