import asyncio
import gzip
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import NotAuthenticated, UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.gateway.answers import Answer, Heard, Silence
from service.gateway.graphql import MAX_ANSWER_BYTES, GraphQL
from tests.gateway.fakes import Handler, Tally, answering, client_of, sent, virtual

URL = "https://flash.test/graphql"


def ask(handler: Handler, *, token: str | None = "t", meter: Tally | None = None) -> Heard:
    async def main(clock: VirtualClock) -> Heard:
        graphql = GraphQL(client_of(handler), URL, clock, meter or Tally())
        return await graphql.ask("me", "query me { me { id } }", {"a": 1}, token=token, timeout_s=10)

    return virtual(main)


def execute(handler: Handler, *, token: str | None = "t") -> dict[str, Any]:
    async def main(clock: VirtualClock) -> dict[str, Any]:
        graphql = GraphQL(client_of(handler), URL, clock, Tally())
        return await graphql.execute("me", "query me { me { id } }", {}, token=token, timeout_s=10)

    return virtual(main)


def failing(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


def saying(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    return lambda _: httpx.Response(status, content=body, headers=headers)


def error(code: str | None, message: str = "no") -> list[dict[str, Any]]:
    return [{"message": message, "extensions": {"code": code} if code else {}}]


def test_data_come_back_with_floats_as_decimals() -> None:
    assert execute(saying(b'{"data":{"dollars":-12.34,"cents":5}}')) == {"dollars": Decimal("-12.34"), "cents": 5}


def test_a_request_carries_operation_document_variables_and_token() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {}})

    ask(handler)
    [request] = seen
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["content-type"] == "application/json"
    assert sent(request) == {"operationName": "me", "query": "query me { me { id } }", "variables": {"a": 1}}


def test_without_a_token_no_authorization_is_sent() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {}})

    ask(handler, token=None)
    assert "authorization" not in seen[0].headers


def test_a_cookie_that_one_user_is_given_is_not_sent_with_the_next_users_request() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {}}, headers={"set-cookie": "session=ana"})

    async def main(clock: VirtualClock) -> None:
        graphql = GraphQL(client_of(handler), URL, clock, Tally())
        for token in ("ana", "ben"):
            await graphql.ask("me", "query me { me { id } }", {}, token=token, timeout_s=10)

    virtual(main)
    assert "cookie" not in seen[1].headers


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (answering(errors=error("NOT_AUTHENTICATED")), NotAuthenticated),
        (answering(errors=error("UNAUTHENTICATED")), NotAuthenticated),
        (saying(b"", 401), NotAuthenticated),
        (answering(errors=error("NOT_FOUND")), UpstreamRefused),
        (answering({"me": {"id": "1"}}, errors=error("NOT_FOUND")), UpstreamRefused),
        (answering(errors=error("INVALID_INPUT"), status=400), UpstreamRefused),
        (answering(errors=error(None)), UpstreamRefused),
        (saying(b"slow down", 429), UpstreamRefused),
        (answering(errors=error("INTERNAL_SERVER_ERROR")), UpstreamUnavailable),
        (answering(errors=error("IBEX_ERROR")), UpstreamUnavailable),
        (answering({"me": {}}, status=500), UpstreamUnavailable),
        (answering(errors=error("NOT_FOUND"), status=503), UpstreamUnavailable),
        (answering({"me": {}}, status=409), UpstreamUnavailable),
        (answering({"me": {}}, status=404), UpstreamUnavailable),
        (saying(b"", 302, {"location": "https://elsewhere.test"}), UpstreamUnavailable),
        (answering(None), UpstreamUnavailable),
        (saying(b"{}"), UpstreamUnavailable),
        (saying(b""), UpstreamUnavailable),
        (saying(b"<html>busy</html>"), UpstreamUnavailable),
        (saying(b'{"data": {"me": '), UpstreamUnavailable),
        (saying(b"[]"), UpstreamUnavailable),
        (saying(b'{"data": []}'), UpstreamUnavailable),
        (saying(b'{"data": {}, "errors": {"message": "x"}}'), UpstreamUnavailable),
        (saying(b'{"data": {"a": "\xff"}}'), UpstreamUnavailable),
        (saying(b'{"data": {"a": ' + b"9" * 5_000 + b"}}"), UpstreamUnavailable),
        (saying(b'{"data": {"a": 1e99999999999999999999}}'), UpstreamUnavailable),
        (saying(b'{"data": {"a": ' + b"[" * 100_000), UpstreamUnavailable),
        (failing(httpx.ConnectError("no route")), UpstreamUnavailable),
        (failing(httpx.ReadTimeout("late")), UpstreamUnavailable),
    ],
)
def test_each_kind_of_trouble_is_the_error_it_stands_for(handler: Handler, expected: type[UpstreamError]) -> None:
    with pytest.raises(expected):
        execute(handler)


def test_the_code_of_the_first_error_is_kept() -> None:
    with pytest.raises(UpstreamRefused) as caught:
        execute(answering(errors=error("CANT_PAY_SELF", "to yourself?")))
    assert (caught.value.operation, caught.value.code, caught.value.message) == ("me", "CANT_PAY_SELF", "to yourself?")


def test_a_bare_429_is_a_refusal_for_too_many_requests() -> None:
    with pytest.raises(UpstreamRefused) as caught:
        execute(saying(b"", 429))
    assert caught.value.code == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("late"), httpx.PoolTimeout("all busy")]
)
def test_without_a_connection_nothing_was_sent(trouble: Exception) -> None:
    assert ask(failing(trouble)) == Silence(type(trouble).__name__, sent=False)


@pytest.mark.parametrize(
    "trouble", [httpx.ReadError("reset"), httpx.WriteError("reset"), httpx.RemoteProtocolError("closed")]
)
def test_with_a_connection_everything_may_have_been_sent(trouble: Exception) -> None:
    assert ask(failing(trouble)) == Silence(type(trouble).__name__, sent=True)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "caf\u00e9", "x" * 5_000])
def test_what_cannot_be_a_token_is_never_sent(token: str) -> None:
    meter = Tally()
    heard = ask(failing(AssertionError("sent")), token=token, meter=meter)
    assert isinstance(heard, Answer)
    assert heard.faults[0].code == "NOT_AUTHENTICATED"
    assert not meter.counts


def test_text_that_is_no_unicode_is_never_sent() -> None:
    async def main(clock: VirtualClock) -> Heard:
        graphql = GraphQL(client_of(failing(AssertionError("sent"))), URL, clock, Tally())
        return await graphql.ask("me", "query me { me { id } }", {"memo": "\ud800"}, token="t", timeout_s=10)

    assert virtual(main) == Silence("text that is no Unicode", sent=False)


class Endless(httpx.AsyncByteStream):
    """A body that never ends; counts what was taken of it."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.given = 0
        self._pause_s = pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self._pause_s)
            self.given += 10_000
            yield b" " * 10_000


def test_of_an_answer_without_end_little_more_than_a_megabyte_is_read() -> None:
    body = Endless()
    assert ask(lambda _: httpx.Response(200, stream=body)) == Silence("an answer over 1 MB")
    assert body.given <= MAX_ANSWER_BYTES + 20_000


def test_an_answer_that_drips_in_ends_at_the_deadline() -> None:
    async def main(clock: VirtualClock) -> tuple[Heard, float]:
        graphql = GraphQL(client_of(lambda _: httpx.Response(200, stream=Endless(pause_s=1.0))), URL, clock, Tally())
        heard = await graphql.ask("me", "query me { me { id } }", {}, token=None, timeout_s=10)
        return heard, clock.monotonic()

    heard, now_s = virtual(main)
    assert heard == Silence("no answer within 10 s")
    assert now_s == pytest.approx(10, abs=0.1)


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 20_000_000)

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"})

    assert ask(handler) == Silence("an encoding that was not asked for")


def test_every_request_is_metered_and_charged_once() -> None:
    meter = Tally()
    ask(failing(httpx.ReadTimeout("late")), meter=meter)
    assert meter.counts == {"upstream_calls:me": 1}
    assert [(name, label) for name, _, label in meter.values] == [("upstream_s", "me")]


def test_cancelling_the_caller_is_not_an_answer() -> None:
    async def main(clock: VirtualClock) -> None:
        handler: Handler = lambda _: httpx.Response(200, stream=Endless(pause_s=1.0))  # noqa: E731 - one line each
        graphql = GraphQL(client_of(handler), URL, clock, Tally())
        task = asyncio.ensure_future(graphql.ask("me", "query me { me { id } }", {}, token=None, timeout_s=10))
        await asyncio.sleep(3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    virtual(main)
