"""Documents on their way to WhatsApp: uploaded as they are read, and sent by their id."""

import asyncio

import httpx
import msgspec
import pytest

from service.core.errors import ChatError
from service.core.messages import Document
from service.reply.whatsapp import TIMEOUT_S, UPLOAD_TIMEOUT_S
from service.sandbox.media import parse_multipart
from service.sandbox.message_rules import check_message
from tests.reply.whatsapp_kit import Graph, Line, failing, taken

DOCUMENT = Document("csv", "ann", "acc", "wallet", 0, 10, "2026-03", "flash-2026-03.csv", "Your payments")


def test_a_document_is_uploaded_and_sent_by_its_id_with_its_name_and_summary() -> None:
    line = Line()
    assert line.send(DOCUMENT) == "wamid.OUT"
    upload = line.graph.requests[0]
    parts = parse_multipart(upload.headers["content-type"], upload.content)
    assert {name: part.content for name, part in parts.items()} == {
        "messaging_product": b"whatsapp",
        "type": b"text/plain",
        "file": b"a,b\r\n1,2\r\n",
    }
    assert parts["file"].mime_type == "text/plain"
    assert int(upload.headers["content-length"]) == len(upload.content)
    [body] = line.bodies
    check_message(body, {"media1"})
    assert body["document"] == {
        "id": "media1",
        "caption": "Your payments\n1 payment",
        "filename": "flash-2026-03.csv",
    }
    assert line.meter.by_label("chat_calls") == {"media": 1, "document": 1}


def test_a_document_that_is_none_is_a_text_that_says_why() -> None:
    line = Line()
    line.send(msgspec.structs.replace(DOCUMENT, period="empty"))
    assert [body["text"]["body"] for body in line.bodies] == ["nothing there"]
    assert line.meter.by_label("chat_calls") == {"text": 1}


def test_a_document_that_whatsapp_did_not_take_is_tried_again() -> None:
    with pytest.raises(ChatError):
        Line(Graph(failing(503))).send(DOCUMENT)


@pytest.mark.parametrize(("seconds", "is_taken"), [(TIMEOUT_S + 1, True), (UPLOAD_TIMEOUT_S + 1, False)])
def test_an_upload_may_take_longer_than_a_message_and_not_for_ever(seconds: float, *, is_taken: bool) -> None:
    class Slow(Graph):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/media"):
                await asyncio.sleep(seconds)
            return await super().__call__(request)

    line = Line(Slow(taken))
    if is_taken:
        assert line.send(DOCUMENT) == "wamid.OUT"
        return
    with pytest.raises(ChatError, match="TimeoutError"):
        line.send(DOCUMENT)
