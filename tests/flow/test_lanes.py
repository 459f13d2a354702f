import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from profiles.virtual_clock import VirtualClock
from service.core.errors import StoreUnavailable
from service.core.messages import Entry
from service.flow.lanes import MAX_FAILURES, MAX_WAITING, Lanes
from service.flow.turns import Turns
from service.observe.meter import MemoryMeter
from tests.flow.kit import Workshop, entry, unqueued, virtually


def test_a_users_messages_are_worked_on_one_after_the_other_in_order() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        await shop.offer(*(entry(n) for n in "123"))
        return shop.log

    assert virtually(main) == [">1", "<1", ">2", "<2", ">3", "<3"]


def test_users_do_not_wait_for_each_other() -> None:
    async def main(clock: VirtualClock) -> tuple[list[str], float]:
        shop = Workshop()
        await shop.offer(entry("1", "ann"), entry("2", "bob"), entry("3", "ann"), entry("4", "cleo"))
        return shop.log, clock.monotonic()

    assert virtually(main) == ([">1", ">2", ">4", "<1", ">3", "<2", "<4", "<3"], 2)


def test_a_message_that_comes_while_its_lane_works_joins_it() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.lanes.put(entry("1"))
        await asyncio.sleep(0.5)
        await shop.offer(entry("2"))
        return shop.log

    assert virtually(main) == [">1", "<1", ">2", "<2"]


def test_an_entry_that_is_offered_again_is_worked_on_once() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        await shop.offer(entry("1"), entry("1"), entry("2"), entry("2"))
        await shop.offer(entry("1"), entry("2"))
        return shop.log

    assert virtually(main) == [">1", "<1", ">2", "<2"]


def test_the_memory_of_finished_entries_is_bounded() -> None:
    async def main(_: VirtualClock) -> int:
        shop = Workshop(takes_s=0)
        await shop.offer(*(entry(str(n)) for n in range(MAX_WAITING)))
        await shop.offer(*(entry(str(n)) for n in range(MAX_WAITING, MAX_WAITING + 100)))
        return len(shop.lanes._finished)

    assert virtually(main) == MAX_WAITING


def test_an_entry_that_the_store_failed_is_taken_when_it_is_offered_again() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("down")
        await shop.offer(entry("1"))
        await shop.offer(entry("1"))
        return shop

    shop = virtually(main)
    assert shop.log == [">1", ">1", "<1"]
    assert shop.meter.by_label("messages") == {"postponed": 1}


def test_later_messages_do_not_overtake_one_that_the_store_failed() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("down")
        await shop.offer(entry("1"), entry("2"))
        await shop.offer(entry("1"), entry("2"))
        return shop.log

    assert virtually(main) == [">1", ">1", "<1", ">2", "<2"]


def test_a_message_that_comes_after_one_that_the_store_failed_does_not_overtake_it() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("down")
        await shop.offer(entry("1"))
        await shop.offer(entry("2"), entry("3", "bob"))
        await shop.offer(entry("1"), entry("2"))
        return shop.log

    assert virtually(main) == [">1", ">3", "<3", ">1", "<1", ">2", "<2"]


def test_nobody_waits_for_a_message_that_a_sweep_did_not_find_any_more() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = StoreUnavailable("down")
        await shop.offer(entry("1"))
        shop.lanes.release(shop.lanes.halted())
        await shop.offer(entry("2"))
        return shop.log

    assert virtually(main) == [">1", ">2", "<2"]


def test_an_unexpected_error_is_counted_and_the_lane_goes_on() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.failures["1"] = ZeroDivisionError()
        await shop.offer(entry("1"), entry("2"))
        return shop

    shop = virtually(main)
    assert (shop.log, shop.is_empty) == ([">1", ">2", "<2"], True)
    assert shop.meter.by_label("messages") == {"failed": 1}


def test_an_entry_that_failed_unexpectedly_is_taken_when_it_is_offered_again() -> None:
    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        shop.failures["1"] = ZeroDivisionError()
        await shop.offer(entry("1"))
        await shop.offer(entry("1"))
        return shop.log

    assert virtually(main) == [">1", ">1", "<1"]


async def offered(shop: Workshop, times: int) -> Workshop:
    for _ in range(times):
        await shop.offer(entry("1"), entry("2"))
    return shop


def test_a_message_that_always_fails_is_given_up_once_and_never_begun_again() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.always_fails["1"] = ZeroDivisionError()
        return await offered(shop, MAX_FAILURES + 3)

    shop = virtually(main)
    assert [line for line in shop.log if line.endswith("1")] == [">1"] * MAX_FAILURES + ["!1"]
    assert shop.meter.by_label("messages") == {"failed": MAX_FAILURES, "given_up": 1}


def test_a_message_that_the_store_always_fails_is_never_given_up() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.always_fails["1"] = StoreUnavailable("down")
        return await offered(shop, 3 * MAX_FAILURES)

    assert virtually(main).log == [">1"] * 3 * MAX_FAILURES


def test_giving_up_is_tried_again_when_the_store_fails_then() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.always_fails["1"] = ZeroDivisionError()
        shop.hopeless["1"] = StoreUnavailable("down")
        return await offered(shop, MAX_FAILURES + 3)

    shop = virtually(main)
    assert [line for line in shop.log if line.endswith("1")] == [">1"] * MAX_FAILURES + ["!1", "!1"]
    assert shop.meter.by_label("messages") == {"failed": MAX_FAILURES, "postponed": 1, "given_up": 1}


def test_giving_up_ends_well_where_the_failures_are_forgotten_meanwhile() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.always_fails["1"] = ZeroDivisionError()
        shop.when_given_up = shop.lanes._failures.clear
        return await offered(shop, MAX_FAILURES + 3)

    assert virtually(main).meter.by_label("messages") == {"failed": MAX_FAILURES, "given_up": 1}


def test_the_memory_of_failures_is_bounded_and_ends_with_success() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.lanes._failures.update({f"old{n}": 1 for n in range(MAX_WAITING)})
        shop.failures = {"1": ZeroDivisionError(), "2": ZeroDivisionError()}
        await offered(shop, 1)
        assert len(shop.lanes._failures) == MAX_WAITING
        return await offered(shop, 1)

    assert len(virtually(main).lanes._failures) == MAX_WAITING - 2


def test_nothing_is_kept_once_the_lanes_are_idle() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        shop.failures = {"2": StoreUnavailable("down"), "7": ValueError("broken")}
        await shop.offer(*(entry(str(n), f"user{n % 5}") for n in range(20)))
        await asyncio.sleep(1)
        return shop

    assert virtually(main).is_empty


def test_there_is_room_up_to_the_bound_and_again_afterwards() -> None:
    async def main(_: VirtualClock) -> tuple[list[bool], int]:
        shop = Workshop(takes_s=0)
        for n in range(MAX_WAITING - 1):
            shop.lanes.put(entry(str(n)))
        room = [shop.lanes.has_room()]
        shop.lanes.put(entry("last"))
        room.append(shop.lanes.has_room())
        await shop.offer(entry("one too many"))
        return [*room, shop.lanes.has_room()], shop.log.count(">one too many")

    assert virtually(main) == ([True, False, True], 0)


def test_without_a_queue_every_user_is_worked_for_at_once() -> None:
    async def main(clock: VirtualClock) -> tuple[int, float]:
        shop = Workshop()
        await shop.offer(*(entry(str(n), f"user{n}") for n in range(1_000)))
        return shop.most_at_work, clock.monotonic()

    assert virtually(main) == (1_000, 1)


def test_idle_returns_at_once_without_work_and_waits_for_all_of_it_otherwise() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        shop = Workshop()
        await shop.lanes.idle()
        before = clock.monotonic()
        await shop.offer(entry("1", "ann"), entry("2", "bob"), entry("3", "bob"))
        return [before, clock.monotonic()]

    assert virtually(main) == [0, 2]


def test_closing_the_nursery_ends_the_lanes_and_forgets_what_they_held() -> None:
    async def main(_: VirtualClock) -> Workshop:
        shop = Workshop()
        for name in "12":
            shop.lanes.put(entry(name))
        await asyncio.sleep(0.5)
        await shop.nursery.close()
        await shop.lanes.idle()
        return shop

    shop = virtually(main)
    assert (shop.log, shop.is_empty) == ([">1"], True)


def test_a_lane_that_cannot_be_opened_leaves_its_message_to_the_next_offer() -> None:
    full = [True]
    done: list[str] = []

    async def note(item: Entry) -> None:
        done.append(item.id)

    async def main(_: VirtualClock) -> None:
        def spawn(work: Coroutine[Any, Any, None], *, name: str) -> None:
            if full.pop():
                work.close()
                raise RuntimeError("too many tasks")
            group.create_task(work)

        lanes = Lanes(unqueued(note), note, spawn, MemoryMeter(), Turns())
        async with asyncio.TaskGroup() as group:
            lanes.put(entry("1"))
            await lanes.idle()
            full.append(False)
            lanes.put(entry("1"))
            await lanes.idle()

    virtually(main)
    assert done == ["1"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.integers(0, 3)), max_size=30))
def test_whatever_comes_when_each_entry_is_done_once_and_each_user_in_order(offers: list[tuple[str, int, int]]) -> None:
    """Offers are of a user, an entry of theirs, and the seconds until the next offer."""

    async def main(_: VirtualClock) -> list[str]:
        shop = Workshop()
        for user, number, pause_s in offers:
            shop.lanes.put(entry(f"{user}{number}", user))
            await asyncio.sleep(pause_s)
        await shop.lanes.idle()
        return shop.log

    begun = [line[1:] for line in virtually(main) if line.startswith(">")]
    for user in "abc":
        offered = dict.fromkeys(f"{user}{number}" for whose, number, _ in offers if whose == user)
        assert [name for name in begun if name[0] == user] == list(offered)
