"""What a message costs: the figures of rounds, the endpoint that the bot is held against, and who writes to both."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from profiles.experiments.bare_endpoint import BareEndpoint
from profiles.experiments.message_cost import Round, figures, main
from profiles.experiments.message_crowd import Letter, LettersLostError, letters, mailbox, say

SECRET = "s"


def test_figures_are_medians_and_shares_are_of_the_same_round() -> None:
    rounds = [
        Round({"bare": 0.2, "bot": 0.8, "beside": 1.6}, {"bare": 5_000.0, "bot": 1_000.0, "beside": 500.0}),
        Round({"bare": 0.4, "bot": 0.8, "beside": 1.0}, {"bare": 4_000.0, "bot": 900.0, "beside": 600.0}),
        Round({"bare": 0.3, "bot": 1.0, "beside": 2.0}, {"bare": 4_500.0, "bot": 800.0, "beside": 550.0}),
    ]
    found = figures(rounds)
    assert found["bot_cpu_ms_per_message"] == 0.8
    assert found["bot_messages_per_s"] == 900.0
    assert found["bot_share_of_bare_throughput"] == pytest.approx(0.3)
    assert found["bot_share_of_bare_throughput_least"] == pytest.approx(0.25)
    assert found["bot_share_of_bare_throughput_most"] == pytest.approx(0.5)
    assert found["cpu_ratio_bot_to_beside"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--rounds", "0"], "at least one round"), (["--beside", "nowhere"], "no checkout")]
)
def test_what_cannot_be_measured_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert said in capsys.readouterr().err


class Store:
    """A client of redis-py that takes down what its pipelines carry out."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []

    def pipeline(self, *, transaction: bool) -> "Pipeline":
        return Pipeline(self)


class Pipeline:
    """One round trip."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._commands: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: self._commands.append(name)

    async def execute(self) -> None:
        self._store.trips.append(self._commands)


def answer_of(body: bytes, signature: bytes) -> tuple[int, list[list[str]]]:
    """The endpoint's status, and the commands of its round trips."""
    store, events = Store(), list[Any]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Any) -> None:
        events.append(event)

    endpoint = BareEndpoint(SECRET, store)
    asyncio.run(endpoint({"headers": [(b"x-hub-signature-256", signature)]}, receive, send))
    return events[0]["status"], store.trips


BODY = msgspec.json.encode({"entry": [{"changes": [{"value": {"messages": [{"id": "m", "from": "1"}]}}]}]})
SIGNED = b"sha256=" + hmac.digest(SECRET.encode(), BODY, hashlib.sha256).hex().encode()


def test_the_bare_endpoint_runs_five_commands_in_one_round_trip_for_a_signed_message() -> None:
    assert answer_of(BODY, SIGNED) == (200, [["set", "get", "get", "set", "delete"]])


def test_the_bare_endpoint_refuses_what_is_not_signed() -> None:
    assert answer_of(BODY, b"sha256=0") == (401, [])


Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def written_to(status: bytes, *, replies: bool) -> list[Letter]:
    """Five letters, said to a server that answers each so, and with a reply to the mailbox if it is to."""

    async def run() -> list[Letter]:
        async with mailbox() as box:

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    body = await reader.readexactly(int(head.rpartition(b"content-length: ")[2]))
                    writer.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\n\r\n" % status)
                    message = msgspec.json.decode(body)["entry"][0]["changes"][0]["value"]["messages"][0]
                    if replies:
                        await reply_to(message["id"])

            async def reply_to(message_id: str) -> None:
                _, writer = await asyncio.open_connection("127.0.0.1", int(box.url.rpartition(":")[2]))
                content = msgspec.json.encode({"biz_opaque_callback_data": message_id})
                writer.write(b"POST /m HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(content), content))
                writer.close()

            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                try:
                    await serve(reader, writer)
                except asyncio.IncompleteReadError:
                    writer.close()

            async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                post = letters([("1876", "balance")] * 5, label="l", phone_number_id="1", secret=SECRET, port=port)
                await say(post, port=port, at_once=2, box=box if replies else None)
                return post

    return asyncio.run(run())


@pytest.mark.parametrize("replies", [False, True])
def test_every_letter_is_delivered_and_its_reply_waited_for(replies: bool) -> None:
    post = written_to(b"200 OK", replies=replies)
    assert len({letter.id for letter in post}) == 5


def test_a_letter_that_is_refused_is_an_error() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        written_to(b"503 Busy", replies=False)
    assert caught.group_contains(LettersLostError, match="503 Busy")
