"""Documents among replies: they take minutes, and hold up nobody but their own user's later replies."""

import asyncio

from service.core.errors import ChatError
from tests.reply.sender_kit import Scene, document, item, scene

LONG_S = 300.0


def test_a_retry_that_takes_long_holds_up_nobody_elses() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.takes_s["1"] = LONG_S
        stage.outbox.items = {"1": item("1", "ann")}
        stage.start()
        await asyncio.sleep(5)
        stage.chat.failures["2"] = [ChatError("not now")]
        await stage.deliver(item("2", "bob"))
        await asyncio.sleep(10)
        assert stage.chat.sent == ["2"]
        await asyncio.sleep(LONG_S)

    assert scene(play).chat.sent == ["2", "1"]


def test_a_delivery_does_not_wait_for_a_document_nor_for_what_is_behind_it() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.takes_s["file"] = LONG_S
        stage.start()
        began_s = stage.clock.monotonic()
        await stage.deliver(item("word"), document("file"), item("after"))
        await stage.deliver(item("later"))
        assert stage.clock.monotonic() - began_s < 1
        assert stage.chat.sent == ["word"]
        await asyncio.sleep(LONG_S + 5)

    stage = scene(play)
    assert stage.chat.sent == ["word", "file", "after", "later"]
    assert stage.outbox.items == {}


def test_many_documents_leave_the_retries_of_others_alone() -> None:
    async def play(stage: Scene) -> None:
        stage.start()
        for number in range(40):
            stage.chat.takes_s[f"file{number}"] = LONG_S
            await stage.deliver(document(f"file{number}", f"user{number}"))
        await asyncio.sleep(5)
        stage.chat.failures["2"] = [ChatError("not now")]
        await stage.deliver(item("2", "bob"))
        await asyncio.sleep(10)
        assert stage.chat.sent == ["2"]
        assert len(stage.chat.under_way) == 4
        await asyncio.sleep(10 * LONG_S + 60)

    assert len(scene(play).chat.sent) == 41


def test_a_document_that_failed_is_tried_again_later_and_what_is_behind_it_waits() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["file"] = [ChatError("not now"), ChatError("not now")]
        stage.start()
        await stage.deliver(document("file"), item("after"))
        await asyncio.sleep(30)

    assert scene(play).chat.sent == ["file", "after"]
