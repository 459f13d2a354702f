"""An httpx transport that calls the sandbox's handlers directly: no sockets, no ASGI, and the sandbox's own clock."""

import httpx

from service.ports import Clock
from service.sandbox.asgi import Sandbox

__all__ = ["SandboxTransport"]


class SandboxTransport(httpx.AsyncBaseTransport):
    """Answers every request to any host from one sandbox.

    The client's read time-out is kept on the sandbox's clock; connecting and writing take no time.
    """

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self._sandbox = sandbox
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.ReadTimeout and httpx.ReadError as a network would."""
        body = await request.aread()
        headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
        url = request.url
        query = dict(url.params) if url.query else {}
        reply = await self._sandbox.respond(request.method, url.path, query, headers, body)
        timeout_s = request.extensions.get("timeout", {}).get("read")
        if timeout_s is not None and reply.delay_s > timeout_s:
            await self._clock.sleep(timeout_s)
            raise httpx.ReadTimeout("the sandbox did not answer in time", request=request)
        if reply.delay_s > 0:
            await self._clock.sleep(reply.delay_s)
        if reply.is_broken:
            raise httpx.ReadError("the sandbox broke the connection", request=request)
        fields = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(reply.body))]
        # As a stream, which httpx leaves alone until it is read: as content it would be read here and again there.
        return httpx.Response(reply.status, headers=fields, stream=httpx.ByteStream(reply.body), request=request)
