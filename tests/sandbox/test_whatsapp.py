from typing import Any

import msgspec
import pytest

from service.sandbox.asgi import build_sandbox
from service.sandbox.latency import LatencyModel, OperationLatency, Outage
from service.sandbox.whatsapp import Recorded

AUTHORIZED = {"authorization": "Bearer wa-token"}
TEXT = {"messaging_product": "whatsapp", "to": "18765550101", "type": "text", "text": {"body": "hello"}}


def button(count: int = 1, **changes: Any) -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": f"id{i}", "title": f"title {i}"}} for i in range(count)]
    content = {"type": "button", "body": {"text": "Pay?"}, "action": {"buttons": buttons}} | changes
    return {"messaging_product": "whatsapp", "to": "18765550101", "type": "interactive", "interactive": content}


def menu(rows: int = 2, sections: int = 1, **changes: Any) -> dict[str, Any]:
    parts = [
        {"title": f"part {s}", "rows": [{"id": f"{s}.{r}", "title": f"row {r}"} for r in range(rows)]}
        for s in range(sections)
    ]
    content = {"type": "list", "body": {"text": "?"}, "action": {"button": "Choose", "sections": parts}} | changes
    return {"messaging_product": "whatsapp", "to": "18765550101", "type": "interactive", "interactive": content}


def send(house: Any, message: object, headers: dict[str, str] = AUTHORIZED, number: str = "42") -> tuple[int, Any]:
    reply = house.sandbox.whatsapp.answer_message(number, headers, msgspec.json.encode(message))
    return reply.status, msgspec.json.decode(reply.body)


def test_a_message_is_taken_and_recorded(house: Any) -> None:
    status, answer = send(house, TEXT)
    (recorded,) = house.sandbox.whatsapp.messages
    assert status == 200
    assert answer["contacts"] == [{"input": "18765550101", "wa_id": "18765550101"}]
    assert answer["messages"] == [{"id": recorded.id}]
    assert (recorded.to, recorded.body, recorded.received_at, recorded.seq) == (
        "18765550101",
        TEXT,
        1_800_000_000.0,
        1,
    )


def test_a_plus_in_front_of_a_number_is_taken_off(house: Any) -> None:
    assert send(house, TEXT | {"to": "+18765550101"})[1]["contacts"][0]["wa_id"] == "18765550101"


@pytest.mark.parametrize(
    "message",
    [
        TEXT | {"text": {"body": "x" * 4096, "preview_url": False}},
        TEXT | {"context": {"message_id": "wamid.1"}, "biz_opaque_callback_data": "x", "recipient_type": "individual"},
        button(3, footer={"text": "x" * 60}, header={"type": "text", "text": "x" * 60}, body={"text": "x" * 1024}),
        menu(10),
        menu(5, 2),
        TEXT | {"type": "image", "image": {"link": "https://example.com/qr.png", "caption": "pay me"}},
        TEXT | {"type": "audio", "audio": {"link": "https://example.com/a.ogg"}},
        TEXT | {"type": "template", "template": {"name": "paid", "language": {"code": "en"}}},
    ],
)
def test_messages_up_to_the_limits_are_taken(house: Any, message: dict[str, Any]) -> None:
    assert send(house, message)[0] == 200


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([], 100),
        ({}, 100),
        ({"messaging_product": "sms"}, 100),
        ({"messaging_product": "whatsapp"}, 131008),
        (TEXT | {"to": "alice"}, 131009),
        (TEXT | {"to": 18765550101}, 100),
        (TEXT | {"recipient_type": "crowd"}, 131009),
        (TEXT | {"type": "smoke"}, 100),
        (TEXT | {"type": None}, 100),
        (TEXT | {"text": None}, 131008),
        (TEXT | {"text": "hello"}, 100),
        (TEXT | {"text": {}}, 131008),
        (TEXT | {"text": {"body": ""}}, 131009),
        (TEXT | {"text": {"body": "x" * 4097}}, 131009),
        (TEXT | {"text": {"body": "x", "preview_url": "no"}}, 131009),
        (TEXT | {"context": {}}, 131008),
        (TEXT | {"biz_opaque_callback_data": "x" * 513}, 131009),
        (button(0), 131009),
        (button(4), 131009),
        (button(body={"text": "x" * 1025}), 131009),
        (button(body=None), 131008),
        (button(footer={"text": "x" * 61}), 131009),
        (button(header={"type": "text", "text": "x" * 61}), 131009),
        (button(action={"buttons": "yes"}), 131008),
        (button(action={"buttons": [{"type": "url"}]}), 131009),
        (button(action={"buttons": [{"type": "reply", "reply": {"id": "x" * 257, "title": "a"}}]}), 131009),
        (button(action={"buttons": [{"type": "reply", "reply": {"id": "x", "title": "a" * 21}}]}), 131009),
        (button(action={"buttons": [{"type": "reply", "reply": {"id": "x", "title": t}} for t in "ab"]}), 131009),
        (button(action={"buttons": [{"type": "reply", "reply": {"id": i, "title": "a"}} for i in "ab"]}), 131009),
        (button(type="flow"), 131009),
        (menu(11), 131009),
        (menu(6, 2), 131009),
        (menu(0), 131009),
        (menu(action={"button": "x" * 21, "sections": [{"rows": [{"id": "a", "title": "a"}]}]}), 131009),
        (menu(action={"button": "x", "sections": [{"title": "x" * 25, "rows": [{"id": "a", "title": "a"}]}]}), 131009),
        (menu(action={"button": "x", "sections": [{"rows": [{"id": "a", "title": "a" * 25}]}]}), 131009),
        (menu(action={"button": "x", "sections": [{"rows": [{"id": "a" * 201, "title": "a"}]}]}), 131009),
        (menu(action={"button": "x", "sections": [{"rows": [{"id": "a", "title": t} for t in "ab"]}]}), 131009),
        (
            menu(action={"button": "x", "sections": [{"rows": [{"id": "a", "title": "a", "description": "x" * 73}]}]}),
            131009,
        ),
        (menu(action={"button": "x", "sections": [{"rows": [{"id": i, "title": i}]} for i in "ab"]}), 131008),
        (TEXT | {"type": "image", "image": {}}, 131009),
        (TEXT | {"type": "image", "image": {"id": "1", "link": "x"}}, 131009),
        (TEXT | {"type": "image", "image": {"id": "never uploaded"}}, 100),
        (TEXT | {"type": "image", "image": {"link": "x", "caption": "x" * 1025}}, 131009),
        (TEXT | {"type": "audio", "audio": {"link": "x", "caption": "x"}}, 131009),
        (TEXT | {"type": "template"}, 131008),
    ],
)
def test_what_whatsapp_would_refuse_is_refused(house: Any, message: object, code: int) -> None:
    status, answer = send(house, message)
    assert (status, answer["error"]["code"]) == (400, code)
    assert f"(#{code})" in answer["error"]["message"]
    assert answer["error"]["error_data"]["details"]
    assert not house.sandbox.whatsapp.messages


def test_what_is_no_json_is_refused(house: Any) -> None:
    assert house.sandbox.whatsapp.answer_message("42", AUTHORIZED, b"{").status == 400


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer guess"}, {"authorization": "wa-token"}])
def test_the_access_token_is_checked(house: Any, headers: dict[str, str]) -> None:
    status, answer = send(house, TEXT, headers)
    assert (status, answer["error"]["code"]) == (401, 190)


def test_another_phone_number_does_not_exist(house: Any) -> None:
    assert send(house, TEXT, number="43")[1]["error"]["code"] == 100


def test_reading_and_typing_are_taken_but_are_no_messages(house: Any) -> None:
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert send(house, read) == (200, {"success": True})
    assert send(house, read | {"typing_indicator": {"type": "text"}}) == (200, {"success": True})
    assert (house.sandbox.whatsapp.reads, len(house.sandbox.whatsapp.messages)) == (2, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"status": "seen"}, 131009), ({"typing_indicator": {"type": "voice"}}, 131009), ({"message_id": None}, 131008)],
)
def test_a_wrong_read_mark_is_refused(house: Any, change: dict[str, Any], code: int) -> None:
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert send(house, read | change)[1]["error"]["code"] == code


def test_whoever_listens_sees_every_message(house: Any) -> None:
    seen: list[Recorded] = []
    sandbox = build_sandbox(house.config, house.world, house.clock, on_message=seen.append)
    for _ in range(3):
        sandbox.whatsapp.answer_message("42", AUTHORIZED, msgspec.json.encode(TEXT))
    assert [message.seq for message in seen] == [1, 2, 3]
    assert len({message.id for message in seen}) == 3


def test_only_the_latest_messages_are_kept(house: Any) -> None:
    body = msgspec.json.encode(TEXT)
    for _ in range(10_001):
        house.sandbox.whatsapp.answer_message("42", AUTHORIZED, body)
    assert len(house.sandbox.whatsapp.messages) == 10_000
    assert house.sandbox.whatsapp.messages[0].seq == 2


def test_messages_take_their_time(make_house: Any) -> None:
    house = make_house(latency=LatencyModel(operations={"whatsapp.message": OperationLatency(120)}))
    reply = house.sandbox.whatsapp.answer_message("42", AUTHORIZED, msgspec.json.encode(TEXT))
    assert reply.delay_s == 0.12


def test_an_outage_of_whatsapp_takes_nothing(make_house: Any) -> None:
    house = make_house(latency=LatencyModel(outages=(Outage(0, 60, "error", service="whatsapp"),)))
    status, answer = send(house, TEXT)
    assert (status, answer["error"]["code"]) == (503, 131016)
    assert not house.sandbox.whatsapp.messages
    assert house.data("{ realtimePrice { id } }") == {"id": "USD"}


def test_ids_differ_between_two_lives_of_the_sandbox(house: Any, make_house: Any) -> None:
    later = make_house()
    later.clock.now_s += 5
    assert send(house, TEXT)[1]["messages"] != send(later, TEXT)[1]["messages"]
