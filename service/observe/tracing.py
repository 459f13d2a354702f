"""Spans of a message's way through the bot, for OpenTelemetry; nothing at all unless somebody collects them.

Nothing personal is in a span: its attributes are kinds, names of ours and counts, and of an error its type alone.
A lane's task belongs to the message that opened it, so what leads from a delivery to its messages travels beside the
lanes, by the inbox entry.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from service.core.messages import Accepted, Entry, Incoming, Outgoing
from service.core.requests import Request
from service.core.results import Result
from service.ports import Chat

__all__ = ["MAX_QUEUED", "Tracing"]

P = ParamSpec("P")
R = TypeVar("R")

MAX_QUEUED = 10_000
"""Entries on their way to a worker; the delivery of the oldest is forgotten, and its message is a trace of its own."""

_LOOK_S = 0.01
_NOTHING: Mapping[str, str | int] = MappingProxyType({})


class Tracing:
    """Decorates what a message passes. `provider` is OpenTelemetry's; with None nothing is decorated."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer = provider and provider.get_tracer("pulse")
        self._queued: OrderedDict[str, tuple[Any, int]] = OrderedDict()

    def accept(
        self, accept: Callable[[Sequence[Incoming]], Awaitable[list[Accepted]]]
    ) -> Callable[[Sequence[Incoming]], Awaitable[list[Accepted]]]:
        """From a verified delivery until its messages are durable."""
        return self._around("webhook accept", accept, lambda messages: {"pulse.messages": len(messages)})

    def queued(self, hand_over: Callable[[Entry], object]) -> Callable[[Entry], object]:
        """Where an accepted message begins to wait."""
        if self._tracer is None:
            return hand_over
        from opentelemetry import context  # noqa: PLC0415 - an extra, needed only where traces are wanted

        def remember(entry: Entry) -> object:
            self._queued[entry.id] = (context.get_current(), time.time_ns())
            if len(self._queued) > MAX_QUEUED:
                self._queued.popitem(last=False)
            return hand_over(entry)

        return remember

    def message(self, work: Callable[[Entry], Awaitable[None]]) -> Callable[[Entry], Awaitable[None]]:
        """A worker's time with a message, and before it the wait for one, both below the delivery."""
        if self._tracer is None:
            return work
        from opentelemetry.context import Context  # noqa: PLC0415 - an extra, needed only where traces are wanted

        async def handle(entry: Entry) -> None:
            delivery, since_ns = self._queued.pop(entry.id, (Context(), None))
            if since_ns is not None:
                self._tracer.start_span("queue wait", context=delivery, start_time=since_ns).end()
            with self._span("message", {"pulse.kind": entry.message.kind}, delivery):
                await work(entry)

        return handle

    def command(self, run: Callable[[Request], Awaitable[Result]]) -> Callable[[Request], Awaitable[Result]]:
        """A command."""
        return self._around("command", run, lambda request: {"pulse.command": request.command.type.value})

    def upstream(self, operation: str) -> AbstractContextManager[None]:
        """A request to Flash."""
        if self._tracer is None:
            return nullcontext()
        return self._span("upstream call", {"graphql.operation.name": operation})

    def store(
        self, run: Callable[[Sequence[Any]], Awaitable[list[Any]]]
    ) -> Callable[[Sequence[Any]], Awaitable[list[Any]]]:
        """Commands to the store, with the wait for the batch in which they leave."""
        return self._around("store batch", run, lambda commands: {"db.operation.batch.size": len(commands)})

    def reply(self, chat: Chat) -> Chat:
        """A reply to WhatsApp."""
        if self._tracer is None:
            return chat
        return _TracedChat(
            self._around("reply", chat.send, lambda _to, message, _about: {"pulse.kind": _kind(message)})
        )

    async def aclose(self) -> None:
        """Sends what was not sent yet. Cancelled, it goes on in a thread that does not keep the process from ending."""
        if self._provider is None:
            return
        sending = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        sending.start()
        while sending.is_alive():  # noqa: ASYNC110 - a thread has nothing that can be awaited
            await asyncio.sleep(_LOOK_S)

    def _around(
        self, name: str, call: Callable[P, Awaitable[R]], about: Callable[P, Mapping[str, str | int]]
    ) -> Callable[P, Awaitable[R]]:
        if self._tracer is None:
            return call

        async def traced(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._span(name, about(*args, **kwargs)):
                return await call(*args, **kwargs)

        return traced

    @contextmanager
    def _span(self, name: str, attributes: Mapping[str, str | int] = _NOTHING, context: Any = None) -> Iterator[None]:
        """The library's own way to note an exception would put its message and its traceback into the span."""
        with self._tracer.start_as_current_span(
            name, context=context, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise


class _TracedChat:
    """Implements Chat."""

    def __init__(self, send: Callable[[str, Outgoing, str], Awaitable[str]]) -> None:
        self._send = send

    async def send(self, to: str, message: Outgoing, about: str) -> str:
        return await self._send(to, message, about)


def _kind(message: Outgoing) -> str:
    return type(message).__name__.lower()
