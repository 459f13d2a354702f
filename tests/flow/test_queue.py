import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.virtual_clock import VirtualClock
from service.core.errors import StoreUnavailable
from service.core.messages import Accepted, Entry
from service.flow.queue import MAX_FRESH
from tests.flow.kit import virtually
from tests.flow.queue_kit import OFF, ON, Shop, ends, limits, said


def test_no_more_messages_are_worked_on_than_there_are_slots() -> None:
    async def main(clock: VirtualClock) -> tuple[int, float]:
        shop = Shop(clock, limits())
        await shop.deliver(*(said(str(n), f"user{n}") for n in range(5)))
        await shop.lanes.idle()
        return shop.most_at_work, clock.monotonic()

    assert virtually(main) == (2, 3)


def test_slots_go_round_so_a_flood_takes_its_share_and_no_more() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1))
        await shop.deliver(*(said(f"f{n}", "flood") for n in range(9)))
        await asyncio.sleep(0.5)
        await shop.deliver(said("a", "ann"), said("b", "bob"), said("a2", "ann"))
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["<f0", "<a", "<b", "<f1", "<a2", *(f"<f{n}" for n in range(2, 9))]


def test_while_too_many_lanes_wait_for_a_slot_nothing_more_is_taken() -> None:
    async def main(clock: VirtualClock) -> list[bool]:
        shop = Shop(clock, limits(active=1, queued=2))
        taken = []
        for number in range(5):
            taken.append(await shop.deliver(said(str(number), f"user{number}")))
            await asyncio.sleep(0)
        await shop.lanes.idle()
        return [*taken, await shop.deliver(said("later", "late"))]

    assert virtually(main) == [True, True, True, False, False, True]


def test_what_is_just_being_accepted_counts_already() -> None:
    async def main(clock: VirtualClock) -> list[bool]:
        shop = Shop(clock, limits(active=1, queued=2))
        shop.store_s = 0.1
        return list(await asyncio.gather(*(shop.deliver(said(str(n), f"user{n}")) for n in range(4))))

    assert virtually(main) == [True, True, False, False]


def test_one_users_flood_is_refused_at_their_share_and_nobody_else_is() -> None:
    async def main(clock: VirtualClock) -> tuple[list[bool], bool]:
        shop = Shop(clock, limits(each=3))
        flood = [await shop.deliver(said(str(n), "flood")) for n in range(5)]
        return flood, await shop.deliver(said("a", "ann"))

    assert virtually(main) == ([True, True, True, False, False], True)


def test_what_is_too_late_is_shed_while_others_wait_and_their_order_holds() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=2.5))
        await shop.deliver(*(said(f"{who}{n}", who) for n in range(2) for who in "abc"))
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["<a0", "<b0", "<c0", "-a1", "-b1", "<c1"]


def test_a_late_message_that_nobody_waits_behind_is_handled() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=0.5))
        await shop.deliver(*(said(str(n)) for n in range(3)))
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["<0", "<1", "<2"]


def test_a_yes_behind_a_shed_question_is_shed_too_and_a_later_one_is_not() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=1.5))
        await shop.deliver(*(said(name, name[0]) for name in ("b1", "c1", "b2")))
        await shop.deliver(said("q", "ann", "send 5 to @bob"), said("c2", "c"))
        await shop.deliver(said("y", "ann", "yes"))
        await shop.lanes.idle()
        await asyncio.sleep(20)
        await shop.deliver(said("y2", "ann", "yes", clock.now()))
        await shop.lanes.idle()
        return [line for line in ends(shop.log) if line[1] in "qy"]

    assert virtually(main) == ["-q", "-y", "<y2"]


def test_a_yes_whose_question_was_refused_is_shed_and_the_question_is_handled() -> None:
    async def main(clock: VirtualClock) -> tuple[list[bool], list[str]]:
        shop = Shop(clock, limits(active=1, queued=1))
        await shop.deliver(said("1", "bob"), said("2", "cleo"))
        await asyncio.sleep(0)
        question, answer = said("q", "ann", "send 5 to @bob"), said("y", "ann", "yes")
        taken = [await shop.deliver(question)]
        await shop.lanes.idle()
        taken += [await shop.deliver(answer), await shop.deliver(question)]
        await shop.lanes.idle()
        return taken, ends(shop.log)[2:]

    assert virtually(main) == ([False, True, True], ["-y", "<q"])


def test_what_a_sweep_finds_is_never_shed_because_it_may_have_been_begun() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=0.1))
        shop.waiting = [Entry(name, name[0], said(name, name[0])) for name in ("a1", "b1", "a2", "b2")]
        shop.sweep()
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["<a1", "<b1", "<a2", "<b2"]


def test_what_was_begun_and_failed_is_never_shed_afterwards() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=0.1))
        shop.failures["y"] = StoreUnavailable("in the middle of a payment")
        await shop.deliver(said("y", "ann", "yes"))
        await shop.lanes.idle()
        await asyncio.sleep(30)
        await shop.deliver(said("b", "bob"), said("c", "cleo"))
        shop.sweep()
        await shop.lanes.idle()
        return [line for line in shop.log if line[1] == "y"]

    assert virtually(main) == [">y", ">y", "<y"]


def test_shedding_that_the_store_fails_is_done_when_the_message_is_offered_again() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits(active=1, deadline_s=0.5))
        shop.failures["b"] = StoreUnavailable("down")
        await shop.deliver(said("a", "ann"), said("b", "bob"), said("c", "cleo"))
        await shop.lanes.idle()
        shop.sweep()
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["<a", "<c", "-b"]


def test_a_batch_that_the_store_did_not_take_counts_as_refused() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        shop = Shop(clock, limits())
        shop.failures["inbox"] = StoreUnavailable("down")
        with pytest.raises(StoreUnavailable):
            await shop.deliver(said("q", "ann", "send 5 to @bob"))
        shop.intake.clear(shop.intake.doubts())
        await shop.deliver(said("y", "ann", "yes"))
        await shop.lanes.idle()
        return ends(shop.log)

    assert virtually(main) == ["-y"]


def test_without_the_queue_nothing_is_refused_shed_or_held_back() -> None:
    async def main(clock: VirtualClock) -> tuple[bool, list[str], float]:
        shop = Shop(clock, limits(active=1, queued=1, each=1, deadline_s=0.0), OFF)
        taken = await shop.deliver(*(said(f"{who}{n}", who) for n in range(2) for who in "abc"))
        await shop.lanes.idle()
        return taken and await shop.deliver(said("a2", "a")), ends(shop.log), clock.monotonic()

    assert virtually(main) == (True, ["<a0", "<b0", "<c0", "<a1", "<b1", "<c1"], 2)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2), st.booleans()), min_size=1, max_size=40),
)
def test_whenever_it_is_switched_each_message_ends_once_and_each_user_in_order(
    steps: list[tuple[str, int, bool]],
) -> None:
    """Steps are of a user who writes, the seconds until the next step, and whether the queue is on then."""

    async def main(clock: VirtualClock) -> tuple[list[str], list[str]]:
        shop, taken = Shop(clock, limits(queued=3, each=4, deadline_s=1.5)), []
        for number, (user, pause_s, is_on) in enumerate(steps):
            shop.switches = ON if is_on else OFF
            if await shop.deliver(said(f"{user}{number}", user, sent_at_s=clock.now())):
                taken.append(f"{user}{number}")
            await asyncio.sleep(pause_s)
        await shop.lanes.idle()
        assert (shop.waiting, shop.lanes.held, shop.lanes.users) == ([], 0, 0)
        return taken, [line[1:] for line in ends(shop.log)]

    taken, done = virtually(main)
    assert sorted(done) == sorted(taken)
    for user in "abcd":
        assert [name for name in done if name[0] == user] == [name for name in taken if name[0] == user]


def test_the_memory_of_what_nobody_has_begun_is_bounded() -> None:
    async def main(clock: VirtualClock) -> int:
        shop = Shop(clock, limits(waiting=10**6), OFF)
        queue = shop.intake._inbox._queue  # type: ignore[attr-defined]  # the inbox of the wiring
        queue._note([Accepted(said(str(n)), "ann", str(n)) for n in range(MAX_FRESH + 7)], set())
        return len(queue._fresh)

    assert virtually(main) == MAX_FRESH
