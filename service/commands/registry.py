"""All commands behind one call: find the handler, check its rules, run it, and name what went wrong upstream."""

from collections.abc import Iterable

from service.commands.pipeline import first_problem
from service.core.commands import CommandType
from service.core.errors import CircuitOpen, NotAuthenticated, UpstreamError, UpstreamRefused
from service.core.requests import Request
from service.core.results import PaymentStatus, Problem, Result, Trouble
from service.ports import CommandHandler, Sessions

__all__ = ["Registry"]

_UNKNOWN_TO_FLASH = frozenset({"NOT_AUTHENTICATED", "UNAUTHENTICATED"})
_BUSY = frozenset({"TOO_MANY_REQUEST", "TOO_MANY_REQUESTS"})


class Registry:
    """The bot's commands by type. Two handlers for one type are refused with ValueError."""

    def __init__(self, handlers: Iterable[CommandHandler], *, sessions: Sessions) -> None:
        self._handlers: dict[CommandType, CommandHandler] = {}
        self._sessions = sessions
        for handler in handlers:
            if self._handlers.setdefault(handler.type, handler) is not handler:
                raise ValueError(f"two handlers for {handler.type}")

    @property
    def missing(self) -> frozenset[CommandType]:
        """Commands that nobody handles."""
        return frozenset(CommandType) - self._handlers.keys()

    async def run(self, request: Request) -> Result:
        """The result of a command. Raises StoreError, and whatever is a bug."""
        handler = self._handlers[request.command.type]
        try:
            result = first_problem(handler.rules, request) or await handler.handle(request)
        except UpstreamError as error:
            return await self._explain(error, request)
        if _has_lost_session(result) and request.conversation.session is not None:
            await self._sessions.delete(request.conversation.session)  # so that *link* works again
        return result

    async def _explain(self, error: UpstreamError, request: Request) -> Result:
        match error:
            case NotAuthenticated() if request.conversation.session is not None:
                await self._sessions.delete(request.conversation.session)
                return Trouble("session-expired")
            case CircuitOpen(retry_after_s=retry_after_s):
                return Trouble("flash-unavailable", retry_after_s)
            case UpstreamRefused(code=code) if code in _BUSY:
                return Trouble("flash-busy")
            case UpstreamRefused(code=code):
                return Problem("refused", {"code": code})
            case _:
                return Trouble("flash-unavailable")


def _has_lost_session(result: Result) -> bool:
    """Whether Flash has just refused a payment because it does not know who asks."""
    return isinstance(result, PaymentStatus) and not result.repeated and result.payment.reason in _UNKNOWN_TO_FLASH
