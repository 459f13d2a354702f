"""A crowd on a bad line: what WhatsApp would deliver again is delivered again, and what stays wrong has one line."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from profiles import crowd as crowds
from profiles.crowd import Crowd, CrowdError
from profiles.trace import Trace, draw
from profiles.workload import load_workload

Answer = Callable[[httpx.Request, int], httpx.Response]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "_DELIVERED_AGAIN_S", (0.0, 0.0))
    monkeypatch.setattr(crowds, "_POLL_S", 0.0)


def replayed(bot: Answer, *, broken_looks: int = 0) -> list[str]:
    """The wamids that reached the bot's webhook when one message was sent to it."""
    trace: Trace = draw(load_workload("quiet"), 1, 5)
    arrival, posts, looks = trace.arrivals[0], list[str](), 0

    def carry(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        if request.method == "POST":
            posts.append(arrival.wamid if arrival.wamid in request.content.decode() else "another")
            return bot(request, len(posts))
        looks += 1
        if looks <= broken_looks:
            raise httpx.ReadError("reset")
        said = {"received_at": 1.0, "body": {"biz_opaque_callback_data": arrival.wamid}}
        return httpx.Response(200, json={"messages": [said], "next": 1})

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(carry)) as http:
            crowd = Crowd(http, webhook_url="http://bot/w", sandbox_url="http://sandbox", secret="s", trace=trace)
            await crowd.replay([arrival], 1000.0, lambda _sent: None)

    asyncio.run(main())
    assert set(posts) == {arrival.wamid}
    return posts


def reset_once(_request: httpx.Request, number: int) -> httpx.Response:
    if number == 1:
        raise httpx.ReadError("reset")
    return httpx.Response(200)


def reset_always(_request: httpx.Request, _number: int) -> httpx.Response:
    raise httpx.ReadError("reset")


def test_a_connection_that_breaks_has_the_same_message_delivered_again() -> None:
    assert len(replayed(reset_once)) == 2


def test_a_look_for_replies_that_fails_is_made_again() -> None:
    assert len(replayed(lambda _request, _number: httpx.Response(200), broken_looks=2)) == 1


@pytest.mark.parametrize(
    ("bot", "words"),
    [
        (reset_always, "with ReadError"),
        (lambda _request, _number: httpx.Response(503), "503"),
        (lambda _request, _number: httpx.Response(401), "401"),
    ],
)
def test_what_stays_wrong_is_an_error_with_its_cause(bot: Answer, words: str) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        replayed(bot)
    assert raised.group_contains(CrowdError, match=words)
