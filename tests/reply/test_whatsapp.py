"""WhatsApp's Cloud API as the sender of replies sees it."""

import asyncio

import httpx
import msgspec
import pytest

from service.core.errors import ChatError, ChatRefused
from service.core.messages import Button, Buttons, Menu, MenuRow, Picture, Text, Voice
from service.reply.graph_payloads import payload
from service.reply.whatsapp import MAX_ANSWER_BYTES, TIMEOUT_S
from service.sandbox.media import parse_multipart
from service.sandbox.message_rules import check_message
from tests.reply.whatsapp_kit import TO, TOKEN, Graph, Line, failing, taken


def test_a_text_is_posted_with_the_token_and_gives_whatsapps_id() -> None:
    line = Line()
    assert line.send(Text("hello")) == "wamid.OUT"
    [request] = line.graph.requests
    assert (request.method, str(request.url)) == ("POST", "https://graph.test/v23.0/555/messages")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert line.bodies == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": TO,
            "biz_opaque_callback_data": "wamid.IN",
            "type": "text",
            "text": {"body": "hello", "preview_url": False},
        }
    ]


def test_what_answers_no_message_is_taken_all_the_same() -> None:
    body = payload(TO, Text("hello"), "")
    check_message(body, ())
    assert "biz_opaque_callback_data" not in body


@pytest.mark.parametrize(
    ("to", "field", "value"),
    [("+18765550001", "to", TO), (TO, "to", TO), ("JM.1A2b3", "recipient", "JM.1A2b3")],
)
def test_users_are_addressed_by_number_or_by_scoped_id(to: str, field: str, value: str) -> None:
    line = Line()
    line.send(Text("hello"), to)
    assert {"to", "recipient"} & line.bodies[0].keys() == {field}
    assert line.bodies[0][field] == value


BUTTONS = Buttons("Send?", (Button("pay:yes:p1", "Yes"), Button("pay:no:p1", "No")))
MENU = Menu("Help", "Choose", (MenuRow("do:balance", "Balance", "What you have"), MenuRow("do:price", "Price")))


def test_buttons_and_menus_have_the_shape_that_whatsapp_wants() -> None:
    line = Line()
    for message in (BUTTONS, MENU):
        line.send(message)
    for body in line.bodies:
        check_message(body, set())
    buttons, menu = (body["interactive"] for body in line.bodies)
    assert [button["reply"]["id"] for button in buttons["action"]["buttons"]] == ["pay:yes:p1", "pay:no:p1"]
    assert menu["action"]["sections"] == [
        {
            "rows": [
                {"id": "do:balance", "title": "Balance", "description": "What you have"},
                {"id": "do:price", "title": "Price"},
            ]
        }
    ]


def test_a_picture_is_drawn_uploaded_and_sent_by_its_id() -> None:
    line = Line()
    line.send(Picture("LIGHTNING:LNBC1", "an invoice"))
    upload = line.graph.requests[0]
    parts = parse_multipart(upload.headers["content-type"], upload.content)
    assert (parts["file"].content, parts["file"].mime_type) == (b"a picture", "image/png")
    assert parts["messaging_product"].content == b"whatsapp"
    assert line.drawn == ["LIGHTNING:LNBC1"]
    assert line.bodies[0]["image"] == {"id": "media1", "caption": "an invoice"}


def test_only_drawing_is_charged_as_drawing() -> None:
    line = Line()
    line.send(Text("a"))
    assert "qr_png" not in line.charged
    line.send(Picture("A", "a"))
    assert "qr_png" in line.charged


def test_calls_are_counted_by_kind() -> None:
    line = Line()
    for message in (Text("a"), BUTTONS, MENU, Picture("A", "a")):
        line.send(message)
    assert line.meter.by_label("chat_calls") == {"text": 1, "buttons": 1, "menu": 1, "picture": 1, "media": 1}


@pytest.mark.parametrize(
    ("status", "code", "retry_after_s"),
    [
        (400, 131056, 6.0),  # one user
        (400, 130429, 2.0),  # all users
        (400, 80007, 2.0),
        (400, 4, 2.0),
        (500, 131000, 2.0),
        (503, 131016, 2.0),
        (400, 135000, 2.0),
        (401, 190, 60.0),  # an operator has to act
        (403, 10, 60.0),
        (403, 200, 60.0),
        (403, 299, 60.0),
        (403, 131031, 60.0),
        (500, None, None),
        (502, 999999, None),
        (429, None, None),
    ],
)
def test_what_may_pass_is_tried_again(status: int, code: int | None, retry_after_s: float | None) -> None:
    with pytest.raises(ChatError) as caught:
        Line(failing(status, code)).send(Text("hello"))
    assert not isinstance(caught.value, ChatRefused)
    assert caught.value.retry_after_s == retry_after_s


@pytest.mark.parametrize("code", [100, 131008, 131009, 131026, 131047, 131049, 131051, 131053, 130472, 132000, 999999])
def test_what_cannot_pass_is_refused_for_good(code: int) -> None:
    with pytest.raises(ChatRefused):
        Line(failing(400, code)).send(Text("hello"))


def test_a_refusal_without_a_code_is_final_too() -> None:
    with pytest.raises(ChatRefused):
        Line(failing(404)).send(Text("hello"))


def test_whatsapp_may_say_when_to_try_again() -> None:
    with pytest.raises(ChatError) as caught:
        Line(failing(429, 130429, {"retry-after": "17"})).send(Text("hello"))
    assert caught.value.retry_after_s == 17.0


@pytest.mark.parametrize("typed", ["soon", "-1", "²", ""])
def test_a_strange_wait_is_ignored(typed: str) -> None:
    headers = {"retry-after": typed} if typed.isascii() else {}
    with pytest.raises(ChatError) as caught:
        Line(failing(503, None, headers)).send(Text("hello"))
    assert caught.value.retry_after_s is None


def test_errors_carry_neither_the_token_nor_what_whatsapp_wrote() -> None:
    for answer in (failing(401, 190), failing(400, 100)):
        with pytest.raises(ChatError) as caught:
            Line(answer).send(Text("hello"))
        assert TOKEN not in repr(caught.value)
        assert TO not in repr(caught.value)


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("?")])
def test_a_broken_connection_is_tried_again(error: Exception) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(ChatError, match=type(error).__name__) as caught:
        Line(answer).send(Text("hello"))
    assert not isinstance(caught.value, ChatRefused)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"messages":[]}', b'{"messages":[{"id":7}]}', b"\xff"])
def test_an_answer_that_cannot_be_read_is_no_delivery(body: bytes) -> None:
    with pytest.raises(ChatError) as caught:
        Line(lambda _: httpx.Response(200, content=body)).send(Text("hello"))
    assert not isinstance(caught.value, ChatRefused)


def test_an_answer_without_an_end_is_no_delivery() -> None:
    endless = b" " * (MAX_ANSWER_BYTES + 1)
    with pytest.raises(ChatError, match="too long") as caught:
        Line(lambda _: httpx.Response(200, content=endless)).send(Text("hello"))
    assert not isinstance(caught.value, ChatRefused)


def test_a_silent_whatsapp_is_waited_for_only_so_long() -> None:
    class Silent(Graph):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(TIMEOUT_S * 100)
            return taken(request)

    with pytest.raises(ChatError, match="TimeoutError"):
        Line(Silent(taken)).send(Text("hello"))


def test_a_text_too_long_for_a_qr_code_is_not_tried_again() -> None:
    def draw(text: str) -> bytes:
        raise ValueError("too long")

    line = Line(draw=draw)
    with pytest.raises(ChatRefused):
        line.send(Picture("A" * 9_000, "a"))
    assert line.graph.requests == []


def test_words_are_spoken_when_they_are_sent() -> None:
    line = Line()
    line.send(Voice("Your balance is 5 dollars."))
    upload = line.graph.requests[0]
    file = parse_multipart(upload.headers["content-type"], upload.content)["file"]
    assert (file.content, file.mime_type) == (b"Your balance is 5 dollars.", "audio/mpeg")
    assert (line.bodies[0]["type"], line.bodies[0]["audio"]) == ("audio", {"id": "media1"})
    assert "speech" in line.charged


@pytest.mark.parametrize("error", [OSError("no engine"), ImportError("no extra"), ValueError("nothing to say")])
def test_what_cannot_be_spoken_is_not_tried_again(error: Exception) -> None:
    def speak(text: str) -> bytes:
        raise error

    line = Line(speak=speak)
    with pytest.raises(ChatRefused, match=f"not spoken: {type(error).__name__}"):
        line.send(Voice("hello"))
    assert line.graph.requests == []


def test_bodies_are_json_that_others_can_read() -> None:
    line = Line()
    line.send(Text("zoë \U0001f600"))
    assert msgspec.json.decode(line.graph.requests[0].content)["text"]["body"] == "zoë \U0001f600"
