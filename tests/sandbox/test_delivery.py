"""Messages on their way to a bot that listens on the loopback interface."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import msgspec
import pytest

from service.sandbox.asgi import Sandbox
from service.sandbox.delivery import Courier, UnknownSender
from service.sandbox.webhooks import sign

Heard = list[tuple[dict[str, str], bytes]]


@contextlib.asynccontextmanager
async def bot(statuses: list[int]) -> AsyncIterator[tuple[str, Heard]]:
    """A bot that answers with these statuses, one after the other, and remembers what it heard."""
    heard: Heard = []
    answers = iter(statuses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2]]
            headers = {name.lower(): value for name, value in lines}
            heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
            writer.write(f"HTTP/1.1 {next(answers)} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook/whatsapp", heard


def with_bot(make_house: Any, statuses: list[int], test: Callable[[Sandbox], Awaitable[Any]]) -> tuple[Any, Heard, Any]:
    """What a test gives, what the bot heard, and the house."""

    async def main() -> tuple[Any, Heard, Any]:
        async with bot(statuses) as (url, heard):
            house = make_house(webhook_url=url)
            try:
                return await test(house.sandbox), heard, house
            finally:
                await house.sandbox.aclose()

    return asyncio.run(main())


def say(**wish: Any) -> Callable[[Sandbox], Coroutine[Any, Any, Any]]:
    async def test(sandbox: Sandbox) -> Any:
        reply = await sandbox.respond("POST", "/sandbox/say", {}, {}, msgspec.json.encode(wish))
        return msgspec.json.decode(reply.body)

    return test


def message_of(body: bytes) -> dict[str, Any]:
    value = msgspec.json.decode(body)["entry"][0]["changes"][0]["value"]
    message: dict[str, Any] = value["messages"][0]
    return message | {"name": value["contacts"][0]["profile"]["name"]}


def test_what_a_user_says_reaches_the_bot_with_a_signature(make_house: Any) -> None:
    wish = {"from": "alice", "text": "balance"}
    answer, heard, _ = with_bot(make_house, [200], say(**wish))
    ((headers, body),) = heard
    message = message_of(body)
    assert headers["x-hub-signature-256"] == sign(body, "s3cret")
    assert headers["content-type"] == "application/json"
    assert (message["from"], message["name"], message["text"]) == ("18765550101", "alice", {"body": "balance"})
    assert answer == {"message_id": message["id"], "status": 200}


@pytest.mark.parametrize(
    ("wish", "kind", "content"),
    [
        ({"button_id": "yes:1", "title": "Yes"}, "interactive", {"id": "yes:1", "title": "Yes"}),
        ({"list_id": "row", "title": "Row"}, "interactive", {"id": "row", "title": "Row"}),
        ({"type": "image"}, "image", None),
        ({"type": "poll"}, "unsupported", None),
        ({"type": "text", "text": "hi"}, "text", None),
    ],
)
def test_users_can_do_more_than_type(make_house: Any, wish: dict[str, Any], kind: str, content: Any) -> None:
    _, heard, _ = with_bot(make_house, [200], say(**{"from": "+18765550102"}, **wish))
    message = message_of(heard[0][1])
    assert message["type"] == kind
    if content is not None:
        assert content in message["interactive"].values()


def test_a_message_can_be_delivered_twice_under_its_id(make_house: Any) -> None:
    async def test(sandbox: Sandbox) -> None:
        for _ in range(2):
            await say(**{"from": "alice", "text": "hi", "message_id": "wamid.same"})(sandbox)

    _, heard, _ = with_bot(make_house, [200, 200], test)
    assert [message_of(body)["id"] for _, body in heard] == ["wamid.same"] * 2


def test_messages_have_ids_of_their_own(make_house: Any) -> None:
    async def test(sandbox: Sandbox) -> Any:
        return [(await say(**{"from": "alice", "text": "hi"})(sandbox))["message_id"] for _ in range(2)]

    ids, _, _ = with_bot(make_house, [200, 200], test)
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("statuses", "last", "heard_times"), [([503, 200], 200, 2), ([503, 503, 500, 200], 500, 3), ([401, 200], 200, 2)]
)
def test_a_refused_delivery_is_tried_three_times(
    make_house: Any, statuses: list[int], last: int, heard_times: int
) -> None:
    answer, heard, house = with_bot(make_house, statuses, say(**{"from": "alice", "text": "hi"}))
    assert answer["status"] == last
    assert len({body for _, body in heard}) == 1
    assert len(heard) == heard_times
    assert house.clock.now_s > 1_800_000_000


def test_a_bot_that_is_not_there_is_no_answer(make_house: Any) -> None:
    house = make_house(webhook_url="http://127.0.0.1:9/webhook/whatsapp")

    async def test() -> Any:
        try:
            return await say(**{"from": "alice", "text": "hi"})(house.sandbox)
        finally:
            await house.sandbox.aclose()

    assert asyncio.run(test())["status"] == 0


def test_without_a_webhook_nothing_is_delivered(house: Any) -> None:
    assert asyncio.run(say(**{"from": "alice", "text": "hi"})(house.sandbox))["status"] == 0


@pytest.mark.parametrize("sender", ["", "mallory", "123", "1" * 16, "+-5"])
def test_nobody_says_nothing(house: Any, sender: str) -> None:
    with pytest.raises(UnknownSender):
        house.sandbox.courier.write(sender, {"text": "hi"})


def test_a_stranger_s_phone_will_do(house: Any) -> None:
    courier: Courier = house.sandbox.courier
    assert courier.write("+44 7700 900123".replace(" ", ""), {"text": "hi"}).sender == "447700900123"


def test_an_envelope_carries_everything_at_once(house: Any) -> None:
    courier: Courier = house.sandbox.courier
    message = courier.write("alice", {"text": "hi"})
    body, headers = courier.envelope(message, message, statuses=({"id": "wamid.1", "status": "read"},))
    value = msgspec.json.decode(body)["entry"][0]["changes"][0]["value"]
    assert len(value["messages"]) == 2
    assert len(value["statuses"]) == 1
    assert headers["x-hub-signature-256"] == sign(body, "s3cret")
