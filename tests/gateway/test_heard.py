import asyncio
import contextlib

import httpx
import pytest

from profiles.virtual_clock import VirtualClock
from service.gateway.heard import HeardGraphQL
from tests.gateway.fakes import Tally, client_of, virtual


def told(response: httpx.Response | BaseException) -> list[tuple[str, str]]:
    """What is told of one request that ends like this."""
    heard: list[tuple[str, str]] = []

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(response, BaseException):
            raise response
        return response

    async def main(clock: VirtualClock) -> None:
        def tell(operation: str, outcome: str) -> None:
            heard.append((operation, outcome))

        url, span = "https://flash.test/graphql", contextlib.nullcontext
        graphql = HeardGraphQL(client_of(handler), url, clock, Tally(), tell=tell, span=lambda _: span())
        with contextlib.suppress(asyncio.CancelledError):
            await graphql.ask("me", "query me { me { id } }", {}, token=None, timeout_s=10)

    virtual(main)
    return heard


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (httpx.Response(200, json={"data": {}}), "answered"),
        (httpx.Response(200, json={"errors": [{"message": "no"}]}), "refused"),
        (httpx.Response(429), "refused"),
        (httpx.Response(503), "no_answer"),
        (httpx.Response(200, content=b"<html>"), "no_answer"),
        (httpx.ReadError("reset"), "no_answer"),
        (httpx.ConnectError("refused"), "not_sent"),
        (asyncio.CancelledError(), "cancelled"),
    ],
    ids=str,
)
def test_the_outcome_of_a_request_is_told(response: httpx.Response | BaseException, outcome: str) -> None:
    assert told(response) == [("me", outcome)]
