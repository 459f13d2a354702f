"""The sandbox's handlers as an ASGI application, without a framework."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from service.ports import Clock
from service.sandbox.replies import Reply, json_reply

__all__ = ["AsgiApp"]

_MAX_BODY_BYTES = 101 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LONG_S = 1.0

T = TypeVar("T")

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Respond = Callable[[str, str, Mapping[str, str], Mapping[str, str], bytes], Coroutine[Any, Any, Reply]]


class AsgiApp:
    """Serves what `respond` answers, to this machine only. `close` is called when the server shuts down.

    An object with a call, not a method: servers tell the versions of ASGI apart by looking at the callable.
    """

    def __init__(self, respond: _Respond, close: Callable[[], Awaitable[None]], clock: Clock) -> None:
        self._respond = respond
        self._close = close
        self._clock = clock

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: _Receive, send: _Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _serve(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        reply = await self._reply(scope, receive)
        if reply is not None and await self._wait(reply.delay_s, receive):
            await _send(send, reply)

    async def _reply(self, scope: _Scope, receive: _Receive) -> Reply | None:
        """The answer; None when the client hung up before there was one."""
        client = scope.get("client")
        body = await _read(receive)
        if client is not None and client[0] not in _LOOPBACK:
            return json_reply({"error": "the sandbox serves this machine only"}, 403)
        if body is None:
            return json_reply({"error": "too large"}, 413)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        answer = self._respond(scope["method"], scope["path"], query, headers, body)
        return await _while_connected(receive, answer) if "wait_s" in query else await answer

    async def _wait(self, delay_s: float, receive: _Receive) -> bool:
        """Whether the client is still there when it is time to answer."""
        if delay_s >= _LONG_S:
            return bool(await _while_connected(receive, self._slept(delay_s)))
        if delay_s > 0:
            await self._clock.sleep(delay_s)
        return True

    async def _slept(self, seconds: float) -> bool:
        await self._clock.sleep(seconds)
        return True


async def _read(receive: _Receive) -> bytes | None:
    """The whole body; None when it is too large."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > _MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: _Send, reply: Reply) -> None:
    """A broken reply announces more than it sends: the server closes the connection in the middle of it."""
    length = len(reply.body) + reply.is_broken
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": reply.is_broken})


async def _while_connected(receive: _Receive, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of something long; None, and it is given up, when the client hangs up."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        gone.cancel()
