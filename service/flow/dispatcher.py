"""One message to its replies."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from service.core.commands import Parsed
from service.core.errors import StoreError
from service.core.messages import Entry, Incoming, Outgoing
from service.core.requests import Request
from service.core.results import Result, Trouble, UnsupportedMessage
from service.core.sessions import Conversation
from service.ports import Clock, Formatter, Meter, Sessions

__all__ = ["Dispatcher"]


class Dispatcher:
    """Looks up who writes, understands what they ask, runs the command and words the result."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        understand: Callable[[Incoming, Conversation], Parsed],
        run: Callable[[Request], Awaitable[Result]],
        word: Formatter,
        aloud: Callable[[Sequence[Outgoing]], Sequence[Outgoing]],
        clock: Clock,
        meter: Meter,
        phone_region: str,
    ) -> None:
        self._sessions = sessions
        self._understand = understand
        self._run = run
        self._word = word
        self._aloud = aloud
        self._clock = clock
        self._meter = meter
        self._phone_region = phone_region
        self._log = structlog.get_logger("dispatcher")

    async def __call__(self, entry: Entry) -> Sequence[Outgoing]:
        """The replies to a message. Raises StoreError: then the message has to be handled again."""
        doing = "understand"
        try:
            request = await self._request_of(entry)
            doing = request.command.type if request else "unsupported"
            return await self._answered(request) if request else self._word(UnsupportedMessage())
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - a mistake of ours with one message ends in an apology, not in silence
            self._meter.count("errors", doing)
            self._log.exception("a message could not be handled", doing=doing, entry=entry.id)
            return self._word(Trouble("internal"))

    async def _answered(self, request: Request) -> Sequence[Outgoing]:
        replies = self._word(await self._run(request))
        return self._aloud(replies) if "voiceRequested" in request.command.args else replies

    async def _request_of(self, entry: Entry) -> Request | None:
        """What is asked for; None when the message is of a kind that nobody reads."""
        if entry.message.kind == "unsupported":
            return None
        conversation = await self._sessions.open(entry.user)
        command = self._understand(entry.message, conversation)
        self._meter.count("commands", command.type)
        return Request(entry.message, entry.user, command, conversation, self._clock.now(), self._phone_region)
