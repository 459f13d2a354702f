"""Documents among replies: they take minutes, and hold up nobody but their own user's later replies."""

import asyncio

import msgspec
import pytest

from service.core.errors import ChatError, DocumentFailed
from service.core.messages import Text
from service.reply.phrases import NO_STATEMENT
from service.reply.sender import DOCUMENT_ATTEMPTS
from tests.reply.sender_kit import Scene, document, item, scene

LONG_S = 300.0
SORRY = NO_STATEMENT["not-made"]


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


@pytest.mark.parametrize(
    "error", [DocumentFailed("a page without its end"), ValueError("a mistake of ours"), OSError(5)]
)
def test_a_document_that_cannot_be_made_becomes_a_word_within_minutes_and_the_next_reply_is_sent(
    error: Exception,
) -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["file"] = [error] * 1_000
        stage.start()
        await stage.deliver(document("file"), item("Paid $5 to @bob"))
        await asyncio.sleep(300)

    stage = scene(play)
    assert stage.chat.sent == [SORRY, "Paid $5 to @bob"]
    assert len(stage.tried("file")) == DOCUMENT_ATTEMPTS
    assert stage.outbox.items == {}
    assert stage.meter.by_label("replies") == {"failed": DOCUMENT_ATTEMPTS, "not_made": 1, "sent": 2}


def test_flashs_own_wait_is_kept_between_attempts_at_a_document() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["file"] = [DocumentFailed("busy", retry_after_s=60.0)]
        stage.start()
        await stage.deliver(document("file"))
        await asyncio.sleep(90)

    first, second = scene(play).tried("file")
    assert second - first >= 60


def test_attempts_of_an_earlier_process_at_a_document_count() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["file"] = [DocumentFailed("no")] * 1_000
        stage.outbox.items = {"file": msgspec.structs.replace(document("file"), attempts=DOCUMENT_ATTEMPTS - 1)}
        stage.start()
        await asyncio.sleep(5)

    stage = scene(play)
    assert (len(stage.tried("file")), stage.chat.sent) == (1, [SORRY])


def test_the_word_in_a_documents_place_outlives_the_process_and_has_all_of_whatsapps_attempts() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures = {"file": [DocumentFailed("no")] * 1_000, SORRY: [ChatError("not now")] * 8}
        stage.start()
        await stage.deliver(document("file"))
        await asyncio.sleep(200)
        assert [each.message for each in stage.outbox.items.values()] == [Text(SORRY)]
        await asyncio.sleep(600)

    assert scene(play).chat.sent == [SORRY]


def test_whatsapp_has_more_patience_with_a_document_that_was_made() -> None:
    async def play(stage: Scene) -> None:
        stage.chat.failures["file"] = [ChatError("WhatsApp is away")] * (2 * DOCUMENT_ATTEMPTS)
        stage.start()
        await stage.deliver(document("file"))
        await asyncio.sleep(3_600)

    assert scene(play).chat.sent == ["file"]


def test_what_is_taken_up_is_sent_behind_what_waits_and_the_rest_of_the_outbox_is_left_alone() -> None:
    async def play(stage: Scene) -> None:
        stage.start()
        await asyncio.sleep(1)
        stage.chat.failures["before"] = [ChatError("not now")]
        await stage.deliver(item("before"))
        stage.outbox.items |= {name: item(name, to="bob") for name in ("somebody else's", "notice")}
        stage.sender.take_up([item("notice", to="bob"), item("behind")])
        assert stage.chat.sent == []
        await asyncio.sleep(10)

    assert sorted(scene(play).chat.sent) == ["before", "behind", "notice"]
    assert scene(play).chat.sent.index("before") < scene(play).chat.sent.index("behind")
