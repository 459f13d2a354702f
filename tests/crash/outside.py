"""The simulated Flash and WhatsApp, outside of the bot's process: they outlive it, and remember what it did."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import msgspec
import uvicorn

from service.clocks import SystemClock
from service.sandbox.asgi import Sandbox, build_sandbox
from service.sandbox.whatsapp import Recorded
from service.sandbox.world import Person, World
from tests.crash.bot import SECRETS
from tests.crash.traps import CutError, Event, Moment, Traps

__all__ = ["Gate", "make_sandbox", "served"]

PAYMENTS = frozenset({"intraLedgerUsdPaymentSend", "lnInvoicePaymentSend", "lnNoAmountUsdInvoicePaymentSend"})

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


class Gate:
    """An ASGI application around the sandbox's: each request passes the traps before, in and after it."""

    def __init__(self, sandbox: Sandbox, traps: Traps) -> None:
        self._app = sandbox.app
        self._traps = traps

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        first = await receive()
        while first.get("more_body"):
            more = await receive()
            first = {**more, "body": first["body"] + more.get("body", b"")}
        if first["type"] == "http.disconnect":  # the bot was killed before it had said everything
            return
        with contextlib.suppress(CutError):
            await self._pass(scope, first, receive, send)

    async def _pass(self, scope: _Message, first: _Message, receive: _Receive, send: _Send) -> None:
        event = _event(scope["path"], first.get("body", b""))
        heard = iter([first])

        async def again() -> _Message:
            return next(heard, None) or await receive()

        async def answer(message: _Message) -> None:
            if message["type"] == "http.response.start":
                await self._traps.reached(event, Moment.EFFECT)
            await send(message)

        await self._traps.reached(event, Moment.BEFORE)
        await self._app(scope, again, answer)
        await self._traps.reached(event, Moment.AFTER)


def _event(path: str, body: bytes) -> Event:
    """A payment, another request to Flash by its operation, or what WhatsApp is sent."""
    if path == "/graphql":
        operation = msgspec.json.decode(body)["operationName"]
        return Event("pay" if operation in PAYMENTS else f"flash:{operation}", body)
    return Event("whatsapp", body)


def make_sandbox(people: list[str], on_message: Callable[[Recorded], None]) -> Sandbox:
    """People with 10,000 dollars each, which they did not get for nothing, and @shop, whom they pay.

    Whoever can pay has received something: the bot takes an empty list for one that Flash could not get.
    """
    persons = [Person(name, f"+1876555{1000 + n}", name, cents=1_000_000, past_rows=5) for n, name in enumerate(people)]
    return build_sandbox(
        SECRETS, World([*persons, Person("shop", "+18765550999", "shop")]), SystemClock(), on_message=on_message
    )


class _Server(uvicorn.Server):
    """A server that leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@contextlib.asynccontextmanager
async def served(app: Gate) -> AsyncIterator[str]:
    """The base URL under which it is there."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the outside does not listen"
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
