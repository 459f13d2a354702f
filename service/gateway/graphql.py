"""Flash's GraphQL endpoint over HTTP: one request, one answer, nothing tried twice."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from service.gateway.answers import Answer, Fault, Heard, Silence, decode, understand
from service.ports import Clock, Meter
from service.transport.bodies import read_body

__all__ = ["MAX_ANSWER_BYTES", "GraphQL"]

MAX_ANSWER_BYTES = 1_000_000
_CONNECT_TIMEOUT_S = 5.0
_HEADERS = [
    (b"accept", b"application/json"),
    # A compressed megabyte can be a gigabyte: answers are read as they are sent.
    (b"accept-encoding", b"identity"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"pulse-bot"),
]
_TOKEN = re.compile(r"[!-~]{1,4096}")
_BARE_REFUSALS = {
    401: Fault("NOT_AUTHENTICATED", "HTTP 401"),
    429: Fault("TOO_MANY_REQUESTS", "HTTP 429"),
}
_CONFLICT = 409
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class GraphQL:
    """The client of one endpoint.

    Requests go to the transport as they are built here: there are no cookies, base URL or parameters that could mix one
    user's request with another's. Meters `upstream_calls` and `upstream_s` by operation.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, url: str, clock: Clock, meter: Meter) -> None:
        self._transport = transport
        self._url = httpx.URL(url)
        self._headers = [(b"host", self._url.netloc), *_HEADERS]
        self._clock = clock
        self._meter = meter

    async def execute(
        self, operation: str, document: str, variables: Mapping[str, Any], *, token: str | None, timeout_s: float
    ) -> dict[str, Any]:
        """The `data` of the answer, floats as Decimals.

        Raises UpstreamUnavailable, NotAuthenticated or UpstreamRefused.
        """
        return understand(operation, await self.ask(operation, document, variables, token=token, timeout_s=timeout_s))

    async def ask(
        self, operation: str, document: str, variables: Mapping[str, Any], *, token: str | None, timeout_s: float
    ) -> Heard:
        """What came back, whatever it was. Raises nothing for what the upstream or the network does."""
        if token is not None and not _TOKEN.fullmatch(token):
            return Answer(None, (Fault("NOT_AUTHENTICATED", "not a token"),))
        try:
            body = msgspec.json.encode({"operationName": operation, "query": document, "variables": variables})
        except UnicodeEncodeError:
            return Silence("text that is no Unicode", sent=False)
        self._meter.count("upstream_calls", operation)
        self._clock.charge("http")
        started_s = self._clock.monotonic()
        try:
            return await self._exchange(self._request(body, token, timeout_s), timeout_s)
        finally:
            self._meter.observe("upstream_s", self._clock.monotonic() - started_s, operation)

    def _request(self, body: bytes, token: str | None, timeout_s: float) -> httpx.Request:
        """Complete as it is: for a body that is given as content httpx would look through the headers four times."""
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        if token is not None:
            headers.append((b"authorization", b"Bearer " + token.encode()))
        connect_s = min(_CONNECT_TIMEOUT_S, timeout_s)
        timeouts = {"connect": connect_s, "pool": connect_s, "read": timeout_s, "write": timeout_s}
        return httpx.Request(
            "POST", self._url, headers=headers, stream=httpx.ByteStream(body), extensions={"timeout": timeouts}
        )

    async def _exchange(self, request: httpx.Request, timeout_s: float) -> Heard:
        """The timeouts of httpx are between bytes; the deadline is for all of them together."""
        try:
            async with asyncio.timeout(timeout_s):
                response = await self._transport.handle_async_request(request)
                try:
                    return await _hear(response)
                finally:
                    await response.aclose()
        except _NOT_SENT as error:
            return Silence(type(error).__name__, sent=False)
        except TimeoutError:
            return Silence(f"no answer within {timeout_s:g} s")
        except httpx.HTTPError as error:
            return Silence(type(error).__name__)


async def _hear(response: httpx.Response) -> Heard:
    headers = response.headers
    if "content-encoding" in headers and headers["content-encoding"] != "identity":
        return Silence("an encoding that was not asked for")
    body = await read_body(response, MAX_ANSWER_BYTES)
    if refusal := _BARE_REFUSALS.get(response.status_code):
        return Answer(None, (refusal,))
    heard = Silence("an answer over 1 MB") if body is None else decode(body)
    if response.is_success or _is_explained(response, heard):
        return heard
    return Silence(f"HTTP {response.status_code}")


def _is_explained(response: httpx.Response, heard: Heard) -> bool:
    """Whether a 4xx says what was wrong. A conflict explains nothing: its twin may have succeeded."""
    if not response.is_client_error or response.status_code == _CONFLICT:
        return False
    return isinstance(heard, Answer) and bool(heard.faults)
