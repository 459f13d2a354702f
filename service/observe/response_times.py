"""Item 6.1 on: how long users wait, from the acceptance of a message until WhatsApp has taken its last reply.

That can be long after the message was handled, when WhatsApp was away; so what a message still waits for is kept here.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from service.core.errors import ChatRefused
from service.core.messages import Entry, Outgoing
from service.core.requests import Request
from service.core.results import Result, Trouble
from service.ports import Chat, Clock, Desk, Meter

__all__ = ["MAX_OPEN", "ResponseTimes"]

MAX_OPEN = 10_000
"""Messages whose replies WhatsApp has not taken; the oldest is forgotten, and its time never observed."""


class _Open(NamedTuple):
    command: str
    accepted_at_s: float
    replies: int


class ResponseTimes:
    """Observes `response_s` by command and `chat_s` by outcome, counts `troubles` by reason.

    A message that is no command (a sticker) has the label `unsupported`. Times over a restart are by the clock on the
    wall, and never negative.
    """

    def __init__(self, clock: Clock, meter: Meter) -> None:
        self._clock = clock
        self._meter = meter
        self._commands: dict[str, str] = {}  # by message; only while the desk has it
        self._open: OrderedDict[str, _Open] = OrderedDict()

    def around_desk(self, desk: Desk) -> Desk:
        """The desk, whose messages' replies are waited for."""

        async def handle(entry: Entry) -> Sequence[Outgoing]:
            message = entry.message
            try:
                replies = await desk(entry)
            finally:
                command = self._commands.pop(message.id, "unsupported")
            if replies:
                self._wait_for(message.id, _Open(command, message.received_at_s, len(replies)))
            return replies

        return handle

    def around_run(self, run: Callable[[Request], Awaitable[Result]]) -> Callable[[Request], Awaitable[Result]]:
        """The commands, whose names the times are labelled with."""

        async def carry_out(request: Request) -> Result:
            self._commands[request.message.id] = request.command.type
            result = await run(request)
            if isinstance(result, Trouble):
                self._meter.count("troubles", result.kind)
            return result

        return carry_out

    def around_send(self, chat: Chat) -> Callable[[str, Outgoing, str], Awaitable[str]]:
        """The way to WhatsApp, where replies are handed over."""

        async def send(to: str, message: Outgoing, about: str) -> str:
            started_s, outcome = self._clock.monotonic(), "failed"
            try:
                sent = await chat.send(to, message, about)
                outcome = "taken"
            except ChatRefused:
                outcome = "refused"
                self._open.pop(about, None)  # it has no end
                raise
            finally:
                self._meter.observe("chat_s", self._clock.monotonic() - started_s, outcome)
            self._handed_over(about)
            return sent

        return send

    def _wait_for(self, message_id: str, waiting: _Open) -> None:
        self._open[message_id] = waiting
        if len(self._open) > MAX_OPEN:
            self._open.popitem(last=False)

    def _handed_over(self, message_id: str) -> None:
        found = self._open.pop(message_id, None)
        if found is None:
            return
        if found.replies > 1:
            self._open[message_id] = found._replace(replies=found.replies - 1)
        else:
            self._meter.observe("response_s", max(0.0, self._clock.now() - found.accepted_at_s), found.command)
