"""The sandbox as one thing: handlers that can be called directly, and the same as a bare ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from service.ports import Clock
from service.sandbox.behaviour import Fates
from service.sandbox.calls import Services
from service.sandbox.config import SandboxConfig
from service.sandbox.control import Control
from service.sandbox.delivery import Courier
from service.sandbox.flash import FlashApi
from service.sandbox.history import History
from service.sandbox.idempotency import Idempotency
from service.sandbox.latency import Delays
from service.sandbox.limits import Codes, RateLimit
from service.sandbox.payments import Payments
from service.sandbox.prices import Prices
from service.sandbox.replies import Reply, json_reply
from service.sandbox.whatsapp import Recorded, WhatsAppApi
from service.sandbox.world import World

__all__ = ["Sandbox", "build_sandbox"]

_MAX_BODY_BYTES = 101 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_LONG_S = 1.0

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Sandbox:
    """A simulated Flash and a simulated WhatsApp around one world.

    `flash`, `whatsapp`, `courier`, `fates` and `world` are there for whoever runs it in the same process.
    """

    def __init__(
        self,
        *,
        services: Services,
        flash: FlashApi,
        whatsapp: WhatsAppApi,
        courier: Courier,
        control: Control,
        clock: Clock,
    ) -> None:
        self.world = services.world
        self.fates = services.fates
        self.flash = flash
        self.whatsapp = whatsapp
        self.courier = courier
        self._control = control
        self._clock = clock

    async def respond(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """The answer to a request, at once: its `delay_s` is the caller's to wait for. `headers` are in lower case."""
        match method, path.strip("/").split("/"):
            case "POST", ["graphql"]:
                return self.flash.answer(headers, body)
            case "POST", [_, phone_number_id, "messages"]:
                return self.whatsapp.answer_message(phone_number_id, headers, body)
            case "POST", [_, phone_number_id, "media"]:
                return self.whatsapp.answer_media(phone_number_id, headers, body)
            case _, ["sandbox", *route]:
                return await self._control.answer(method, "/".join(route), query, body)
            case _:
                return json_reply({"error": "no such route"}, 404)

    async def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer, when its time has come.

        Raises ConnectionResetError when the connection is to break instead.
        """
        reply = await self.respond(method, path, query, headers, body)
        if reply.delay_s > 0:
            await self._clock.sleep(reply.delay_s)
        if reply.is_broken:
            raise ConnectionResetError
        return reply.status, reply.headers, reply.body

    async def app(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """The ASGI application. It serves this machine only."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def aclose(self) -> None:
        """Closes what was opened to deliver messages."""
        await self.courier.aclose()

    async def _live(self, receive: _Receive, send: _Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _serve(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        client = scope.get("client")
        body = await _read(receive)
        if client is not None and client[0] not in _LOOPBACK:
            reply = json_reply({"error": "the sandbox serves this machine only"}, 403)
        elif body is None:
            reply = json_reply({"error": "too large"}, 413)
        else:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            answer = self.respond(scope["method"], scope["path"], query, headers, body)
            reply = await _while_connected(receive, answer) if "wait_s" in query else await answer
        if reply.delay_s >= _LONG_S:
            await _while_connected(receive, self._clock.sleep(reply.delay_s))
        elif reply.delay_s > 0:
            await self._clock.sleep(reply.delay_s)
        await _send(send, reply)


def build_sandbox(
    config: SandboxConfig, world: World, clock: Clock, *, on_message: Callable[[Recorded], None] | None = None
) -> Sandbox:
    """A sandbox whose latencies and outages count from now on the clock; `on_message` sees what the bot sends."""
    started_at_s = clock.now()
    prices = Prices(config.seed, moving=config.moving_prices)
    world.statements.use_past(History(world.seed, started_at_s, world.accounts, prices).rows)
    services = Services(
        world=world,
        prices=prices,
        payments=Payments(world, prices),
        fates=Fates(config.behaviour, config.seed),
        behaviour=config.behaviour,
        codes=Codes(),
        idempotency=Idempotency(),
        invoice_limit=RateLimit(20, 120, 300),
    )
    delays = Delays(config.latency, config.seed, started_at_s)
    flash = FlashApi(services, clock, delays, config.api_key, idempotency=config.idempotency)
    whatsapp = WhatsAppApi(
        clock,
        delays,
        access_token=config.access_token,
        phone_number_id=config.phone_number_id,
        on_message=on_message,
    )
    courier = Courier(config, world, clock)
    control = Control(services, whatsapp, courier, clock)
    return Sandbox(services=services, flash=flash, whatsapp=whatsapp, courier=courier, control=control, clock=clock)


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


async def _while_connected(receive: _Receive, work: Coroutine[Any, Any, Any]) -> Any:
    """The result of something long, which is given up when the client hangs up."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise ConnectionResetError
        return task.result()
    finally:
        gone.cancel()
