import asyncio

import pytest

from profiles.virtual_clock import VirtualClock, run_virtual
from service.core.errors import StoreUnavailable
from service.observe.meter import MemoryMeter, Observed
from service.store.commands import packed
from service.store.timed import Timed
from tests.store.link_kit import FakeLink


def ask(link: FakeLink, *, takes_s: float = 0.0) -> MemoryMeter:
    """Two commands in one round trip."""
    meter = MemoryMeter()

    async def main(clock: VirtualClock) -> None:
        asking = asyncio.create_task(
            Timed(link, "shared", clock, meter).ask([packed(("GET", "a")), packed(("FAIL", "b"))])
        )
        await clock.sleep(takes_s)
        if takes_s:
            link.release()
        await asyncio.wait([asking])
        assert asking.exception() is link.error

    run_virtual(main, start_unix_s=0.0)
    return meter


def test_a_round_trip_is_timed_and_its_commands_counted() -> None:
    meter = ask(FakeLink(held=True), takes_s=0.25)
    assert meter.observed == {("store_s", "shared"): Observed(1, 0.25, 0.25)}
    assert meter.counts == {("store_commands", "shared"): 2}


@pytest.mark.parametrize(("error", "failures"), [(StoreUnavailable("gone"), 1), (ZeroDivisionError(), 0)])
def test_one_without_an_answer_is_timed_and_counted_too(error: Exception, failures: int) -> None:
    link = FakeLink()
    link.error = error
    meter = ask(link)
    assert meter.observed["store_s", "shared"].count == 1
    assert meter.counts["store_failures", "shared"] == failures
