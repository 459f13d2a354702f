"""The least that a webhook with a store costs: what the bot's messages are held against.

    python -m profiles.experiments.bare_endpoint REDIS_URL SECRET

One ASGI callable under uvicorn, as the bot is: it verifies the signature, decodes the JSON to types, and runs five
commands in one pipeline of redis-py. It does nothing of what a bot is for: no claim of ids, no order, no session, no
reply.
"""

import hashlib
import hmac
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import msgspec

__all__ = ["BareEndpoint", "main"]

_Event = MutableMapping[str, Any]


class _Message(msgspec.Struct):
    id: str
    from_: str = msgspec.field(name="from")


class _Value(msgspec.Struct):
    messages: list[_Message] = []


class _Change(msgspec.Struct):
    value: _Value


class _Entry(msgspec.Struct):
    changes: list[_Change]


class _Envelope(msgspec.Struct):
    entry: list[_Entry]


_DECODER = msgspec.json.Decoder(_Envelope)


class BareEndpoint:
    """`store` is a client of redis-py, whose pipelines are awaited."""

    def __init__(self, secret: str, store: Any) -> None:
        self._secret = secret.encode()
        self._store = store

    async def __call__(
        self,
        scope: _Event,
        receive: Callable[[], Awaitable[_Event]],
        send: Callable[[_Event], Awaitable[None]],
    ) -> None:
        """One POST: 200 when it was signed, 401 when not."""
        body = await _body(receive)
        expected = b"sha256=" + hmac.digest(self._secret, body, hashlib.sha256).hex().encode()
        given = next((bytes(value) for name, value in scope["headers"] if name == b"x-hub-signature-256"), b"")
        status = 401
        if hmac.compare_digest(expected, given):
            await self._store_all(_DECODER.decode(body))
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _store_all(self, envelope: _Envelope) -> None:
        for message in (each for entry in envelope.entry for change in entry.changes for each in change.value.messages):
            pipeline = self._store.pipeline(transaction=False)
            pipeline.set(f"claim:{message.id}", 1, ex=600, nx=True)
            pipeline.get(f"session:{message.from_}")
            pipeline.get(f"cache:{message.from_}")
            pipeline.set(f"reply:{message.id}", message.from_, ex=600)
            pipeline.delete(f"reply:{message.id}")
            await pipeline.execute()


async def _body(receive: Callable[[], Awaitable[_Event]]) -> bytes:
    chunks: list[bytes] = []
    while True:
        event = await receive()
        chunks.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(chunks)


def main(arguments: Sequence[str]) -> None:
    """Serves on a port of loopback until it is stopped; prints the port once it listens."""
    import socket  # noqa: PLC0415 - a server's, not of those who read the callable

    import redis.asyncio  # noqa: PLC0415 - same
    import uvicorn  # noqa: PLC0415 - same

    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    [url, secret] = arguments
    config = uvicorn.Config(
        BareEndpoint(secret, redis.asyncio.Redis.from_url(url)),
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        loop="uvloop",
        http="httptools",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
