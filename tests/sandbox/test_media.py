from typing import Any

import httpx
import msgspec
import pytest

from service.sandbox.graph_errors import GraphError
from service.sandbox.media import MediaShelf, parse_multipart

PNG = b"\x89PNG\r\n\x1a\n--not-a-boundary\r\n\r\nrest"


def form(content: bytes = PNG, mime: str = "image/png", product: str = "whatsapp") -> tuple[dict[str, str], bytes]:
    """Headers and body as the bot's own client writes them."""
    request = httpx.Request(
        "POST",
        "http://sandbox",
        data={"messaging_product": product, "type": mime},
        files={"file": ("qr.png", content, mime)},
        headers={"authorization": "Bearer wa-token"},
    )
    return dict(request.headers), request.read()


def upload(house: Any, *args: Any, **changes: Any) -> tuple[int, Any]:
    headers, body = form(*args, **changes)
    reply = house.sandbox.whatsapp.answer_media("42", headers, body)
    return reply.status, msgspec.json.decode(reply.body)


def test_an_upload_can_be_sent_and_looked_at(house: Any) -> None:
    status, answer = upload(house)
    assert status == 200
    assert house.sandbox.whatsapp.media.get(answer["id"]).content == PNG
    message = {"messaging_product": "whatsapp", "to": "18765550101", "type": "image", "image": answer}
    taken = house.sandbox.whatsapp.answer_message(
        "42", {"authorization": "Bearer wa-token"}, msgspec.json.encode(message)
    )
    assert taken.status == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mime": "image/gif"}, 131053),
        ({"content": b""}, 131053),
        ({"content": bytes(5 * 1024 * 1024 + 1)}, 131053),
        ({"content": bytes(500 * 1024 + 1), "mime": "image/webp"}, 131053),
        ({"product": "sms"}, 100),
    ],
)
def test_what_whatsapp_would_refuse_is_refused(house: Any, changes: dict[str, Any], code: int) -> None:
    status, answer = upload(house, **changes)
    assert (status, answer["error"]["code"]) == (400, code)


def test_five_megabytes_of_picture_are_taken(house: Any) -> None:
    assert upload(house, bytes(5 * 1024 * 1024))[0] == 200


def test_the_access_token_is_checked(house: Any) -> None:
    headers, body = form()
    reply = house.sandbox.whatsapp.answer_media("42", headers | {"authorization": ""}, body)
    assert reply.status == 401


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data", "text/plain; boundary=x"])
def test_what_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(GraphError, match="form"):
        parse_multipart(content_type, b"")


def test_a_form_without_a_file_is_refused(house: Any) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n--b--\r\n'
    headers = {"authorization": "Bearer wa-token", "content-type": "multipart/form-data; boundary=b"}
    reply = house.sandbox.whatsapp.answer_media("42", headers, body)
    assert msgspec.json.decode(reply.body)["error"]["code"] == 131008


def test_the_oldest_uploads_make_room() -> None:
    shelf = MediaShelf()
    headers, body = form(bytes(5 * 1024 * 1024))
    ids = [shelf.upload(headers["content-type"], body).id for _ in range(8)]
    assert [media_id in shelf for media_id in ids] == [False] * 2 + [True] * 6
