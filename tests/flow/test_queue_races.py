"""What the queue does while the store's word is on its way, and when the switch is not what it was at the door."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from profiles.virtual_clock import VirtualClock
from service.core.errors import StoreUnavailable
from tests.flow.kit import virtually
from tests.flow.queue_kit import OFF, ON, Shop, ends, limits, said

_LOST = StoreUnavailable("gone after the payment")


def test_what_a_sweep_finds_before_the_store_has_answered_is_never_shed_once_begun() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=2.5))
        shop.store_s = 0.5
        shop.failures["y"] = _LOST
        delivery = asyncio.create_task(shop.deliver(said("y", "ann", "yes")))
        await asyncio.sleep(0.2)
        shop.sweep()
        await delivery
        await shop.lanes.idle()
        shop.store_s = 0.0
        await shop.deliver(*(said(f"b{n}", f"user{n}") for n in range(3)))
        shop.sweep()
        await shop.deliver(*(said(f"c{n}", f"user{n}") for n in range(3)))
        await shop.lanes.idle()
        return [line for line in shop.log if line[1] == "y"]

    assert virtually(main) == [">y", ">y", "<y"]


def test_a_void_yes_that_a_sweep_finds_before_the_store_has_answered_is_shed() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, queued=1))
        assert await _refused_question(shop)
        shop.store_s = 0.5
        delivery = asyncio.create_task(shop.deliver(said("y", "ann", "yes")))
        await asyncio.sleep(0.2)
        shop.sweep()
        await delivery
        await shop.lanes.idle()
        return [line for line in shop.log if line[1] == "y"]

    assert virtually(main) == ["-y"]


def test_a_void_yes_is_shed_whatever_its_users_switch_is() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], int]:
        shop = Shop(clock, limits(active=1, queued=1))
        assert await _refused_question(shop)
        await shop.deliver(said("y", "ann", "yes"))
        shop.switches = OFF
        await shop.lanes.idle()
        return [line for line in shop.log if line[1] == "y"], _fresh(shop)

    assert virtually(main) == (["-y"], 0)


def test_a_yes_behind_a_shed_question_is_shed_though_the_queue_is_off_by_then() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=0.5))
        await shop.deliver(said("b", "bob"), said("q", "ann", "send 5 to @bob"), said("c", "cleo"))
        await asyncio.sleep(1.5)
        shop.switches = OFF
        await shop.deliver(said("y", "ann", "yes", clock.now()))
        await shop.lanes.idle()
        await asyncio.sleep(20)
        await shop.deliver(said("y2", "ann", "yes", clock.now()))
        await shop.lanes.idle()
        return [line for line in ends(shop.log) if line[1] in "qy"]

    assert virtually(main) == ["-q", "-y", "<y2"]


def test_what_the_store_answers_nothing_about_is_handled_when_it_is_found() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], float]:
        shop = Shop(clock, limits(active=1))
        shop.store_s = 0.5
        shop.failures["reply"] = _LOST
        delivery = asyncio.create_task(shop.deliver(said("y", "ann", "yes")))
        await asyncio.sleep(0.2)
        shop.sweep()
        await asyncio.gather(delivery, return_exceptions=True)
        await shop.lanes.idle()
        return shop.log, clock.monotonic()

    assert virtually(main) == ([">y", "<y"], 1.5)


def test_what_was_shed_is_forgotten() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], int]:
        shop = Shop(clock, limits(active=1, deadline_s=0.5))
        await shop.deliver(said("a", "ann"), said("b", "bob"), said("c", "cleo"))
        await shop.lanes.idle()
        return ends(shop.log), _fresh(shop)

    assert virtually(main) == (["<a", "-b", "<c"], 0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from([0.0, 0.25, 2.5]),
            st.sampled_from([0.0, 0.25, 1.0]),
            st.booleans(),
            st.booleans(),
        ),
        min_size=4,
        max_size=30,
    )
)
def test_what_was_begun_is_never_shed_however_replies_sweeps_and_failures_fall(
    steps: list[tuple[str, float, float, bool, bool]],
) -> None:
    """Steps: who writes, the time of the store's reply, the seconds until the next, a failure, the queue's switch."""

    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=1.5))
        async with asyncio.TaskGroup() as deliveries:
            for number, (user, store_s, pause_s, fails, is_on) in enumerate(steps):
                name = f"{user}{number}"
                shop.store_s, shop.switches = store_s, ON if is_on else OFF
                if fails:
                    shop.failures[name] = _LOST
                deliveries.create_task(shop.deliver(said(name, user, sent_at_s=clock.now())))
                await asyncio.sleep(pause_s)
                shop.sweep()
        while shop.waiting:
            shop.sweep()
            await shop.lanes.idle()
        assert _fresh(shop) == 0
        return shop.log

    log = virtually(main)
    begun = {line[1:] for line in log if line[0] == ">"}
    shed = {line[1:] for line in log if line[0] == "-"}
    assert not begun & shed
    assert len(ends(log)) == len(begun | shed)


async def _refused_question(shop: Shop) -> bool:
    """Leaves the shop idle, and tells whether Ann's question was refused meanwhile."""
    await shop.deliver(said("1", "bob"), said("2", "cleo"))
    await asyncio.sleep(0)
    is_taken = await shop.deliver(said("q", "ann", "send 5 to @bob"))
    await shop.lanes.idle()
    return not is_taken


def _fresh(shop: Shop) -> int:
    return len(shop.intake._inbox._queue._fresh)  # type: ignore[attr-defined]  # the inbox of the wiring
