"""The sender, in virtual time: order, retries, and what happens when anything fails."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from service.core.errors import ChatError, ChatRefused, StoreUnavailable
from service.reply.queues import Queues
from service.reply.sender import ADOPT_EVERY_S, MAX_ATTEMPTS, backoff_s
from tests.reply.sender_kit import SEND_S, Scene, item, scene


def test_items_are_sent_in_order_and_forgotten() -> None:
    async def play(stage: Scene) -> None:
        await stage.deliver(item("1"), item("2"))

    stage = scene(play)
    assert stage.chat.sent == ["1", "2"]
    assert stage.outbox.items == {}
    assert stage.meter.by_label("replies") == {"sent": 2}
    assert stage.sender.waiting == 0


def test_what_fails_is_tried_again_after_a_growing_wait() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("a"), ChatError("b"), ChatError("c")]
        await stage.deliver(item("1"))
        stage.start()
        await asyncio.sleep(30)

    stage = scene(play)
    first, second, third, fourth = stage.tried("1")
    assert (second - first >= 1, third - second >= 2, fourth - third >= 4) == (True, True, True)
    assert stage.outbox.items == {}
    assert stage.meter.by_label("replies") == {"failed": 3, "sent": 1}


def test_whatsapps_own_wait_is_kept() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("slow down", retry_after_s=20.0)]
        await stage.deliver(item("1"))
        stage.start()
        await asyncio.sleep(30)

    first, second = scene(play).tried("1")
    assert second - first >= 20


def test_waits_grow_to_five_minutes() -> None:
    assert [backoff_s(n, None) for n in (1, 2, 5, 9, 10, 100)] == [1, 2, 16, 256, 300, 300]
    assert backoff_s(1, 60.0) == 60


def test_later_replies_to_a_user_do_not_overtake_a_failed_one() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("a")]
        await stage.deliver(item("1"), item("2"))
        await stage.deliver(item("3"))
        assert stage.chat.sent == []
        assert stage.sender.waiting == 3
        stage.start()
        await asyncio.sleep(10)

    assert scene(play).chat.sent == ["1", "2", "3"]


def test_other_users_do_not_wait_for_a_failed_one() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("a")]
        await stage.deliver(item("1"))
        await stage.deliver(item("2", to="bob"))

    assert scene(play).chat.sent == ["2"]


def test_a_slow_user_does_not_hold_up_the_others_in_the_pump() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.takes_s["slow"] = 60.0
        stage.outbox.items = {name: item(name, to=name) for name in ("slow", "quick")}
        stage.start()
        await asyncio.sleep(1)

    assert scene(play).chat.sent == ["quick"]


def test_what_is_refused_is_forgotten_and_the_next_one_sent() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatRefused("closed window")]
        await stage.deliver(item("1"), item("2"))

    stage = scene(play)
    assert (stage.chat.sent, stage.outbox.items) == (["2"], {})
    assert stage.meter.by_label("replies") == {"refused": 1, "sent": 1}


@pytest.mark.parametrize("error", [ChatError("no"), RuntimeError("a bug")])
def test_what_never_succeeds_is_given_up_and_the_next_one_sent(error: Exception) -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [error] * 1_000
        await stage.deliver(item("1"), item("2"))
        stage.start()
        await asyncio.sleep(6 * 3_600)
        assert stage.chat.sent == []
        await asyncio.sleep(3_600)

    stage = scene(play)
    assert len(stage.tried("1")) == MAX_ATTEMPTS
    assert (stage.chat.sent, stage.outbox.items) == (["2"], {})
    assert stage.meter.by_label("replies")["given_up"] == 1


def test_attempts_of_an_earlier_process_count() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("no")] * 1_000
        stage.outbox.items = {"1": msgspec.structs.replace(item("1"), attempts=MAX_ATTEMPTS - 2)}
        stage.start()
        await asyncio.sleep(3_600)

    stage = scene(play)
    assert len(stage.tried("1")) == 2
    assert stage.meter.by_label("replies")["given_up"] == 1


def test_a_failed_attempt_is_kept_in_the_outbox() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("no")]
        await stage.deliver(item("1"))

    assert scene(play).outbox.items["1"].attempts == 1


def test_a_failed_attempt_counts_also_while_the_store_is_down() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["1"] = [ChatError("no")] * 1_000
        stage.outbox.retry_fails = 1_000
        await stage.deliver(item("1"))
        stage.start()
        await asyncio.sleep(7 * 3_600)

    assert len(scene(play).tried("1")) == MAX_ATTEMPTS


def test_each_item_has_attempts_of_its_own() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures = {"1": [ChatError("a")] * 3, "2": [ChatError("b")]}
        await stage.deliver(item("1"), item("2"))
        stage.start()
        await asyncio.sleep(60)

    first, second = scene(play).tried("2")
    assert second - first < 3


def test_what_an_earlier_process_left_behind_is_sent() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {name: item(name) for name in ("1", "2")}
        stage.start()
        await asyncio.sleep(1)

    stage = scene(play)
    assert (stage.chat.sent, stage.outbox.items) == (["1", "2"], {})


def test_the_outbox_is_looked_into_again_and_again() -> None:
    async def play(stage: Scene) -> None:
        stage.start()
        await asyncio.sleep(1)
        stage.outbox.items = {"1": item("1")}
        await asyncio.sleep(ADOPT_EVERY_S + 2)

    assert scene(play).chat.sent == ["1"]


def test_what_is_adopted_goes_ahead_of_what_is_delivered_after() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {"1": item("1")}
        await stage.sender.adopt()
        await stage.deliver(item("2"))

    assert scene(play).chat.sent == ["1", "2"]


def test_an_adoption_that_the_store_fails_is_an_error_for_who_asked_for_it() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.pending_fails = 1
        with pytest.raises(StoreUnavailable):
            await stage.sender.adopt()

    assert scene(play).chat.sent == []


def test_a_store_that_is_away_does_not_end_the_pump() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {"1": item("1")}
        stage.outbox.pending_fails = 1
        stage.start()
        await asyncio.sleep(ADOPT_EVERY_S + 2)

    stage = scene(play)
    assert stage.chat.sent == ["1"]
    assert stage.meter.by_label("replies")["store_error"] == 1


def test_an_item_that_is_being_sent_is_not_sent_by_anybody_else() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {"1": item("1")}
        stage.start()
        await asyncio.gather(stage.sender.deliver([item("1")]), stage.sender.deliver([item("1")]))
        await asyncio.sleep(ADOPT_EVERY_S + 2)

    assert scene(play).chat.sent == ["1"]


def test_a_look_into_the_outbox_from_before_an_item_was_sent_does_not_send_it_again() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {"1": item("1")}
        stage.outbox.pending_takes_s = 5.0
        stage.start()
        await asyncio.sleep(1)
        await stage.sender.deliver([item("1")])
        await asyncio.sleep(10)

    assert scene(play).chat.sent == ["1"]


def test_a_worker_that_comes_late_with_what_the_pump_sent_does_not_send_it_again() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.items = {"1": item("1")}
        stage.start()
        await asyncio.sleep(1)
        await stage.sender.deliver([item("1")])

    assert scene(play).chat.sent == ["1"]


def test_what_was_sent_while_the_store_was_away_is_forgotten_later_and_not_sent_again() -> None:
    async def play(stage: Scene) -> None:
        stage.outbox.sent_fails = 1
        await stage.deliver(item("1"))
        assert stage.outbox.items
        stage.start()
        await asyncio.sleep(ADOPT_EVERY_S + 2)

    stage = scene(play)
    assert (stage.chat.sent, stage.outbox.items) == (["1"], {})


def test_a_delivery_that_is_cancelled_is_taken_up_by_the_pump() -> None:
    async def play(stage: Scene) -> None:
        delivery = asyncio.get_running_loop().create_task(stage.deliver(item("1")))
        await asyncio.sleep(SEND_S / 2)
        delivery.cancel()
        with suppress(asyncio.CancelledError):
            await delivery
        stage.start()
        await asyncio.sleep(2)

    stage = scene(play)
    assert (stage.chat.sent, stage.outbox.items) == (["1"], {})


def test_what_is_added_while_a_user_is_served_is_sent_behind() -> None:
    async def play(stage: Scene) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(stage.deliver(item("1")))
            await asyncio.sleep(SEND_S / 2)
            group.create_task(stage.deliver(item("2")))

    assert scene(play).chat.sent == ["1", "2"]


def test_what_was_dealt_with_is_not_remembered_for_ever() -> None:
    queues = Queues()
    queues.forget(item(str(n)) for n in range(5_000))
    assert len(queues._forgotten) == 2_000
    assert "4999" in queues._forgotten
