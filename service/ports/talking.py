"""From a message to its replies."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from service.core.commands import CommandType, Parsed
from service.core.messages import Entry, Outgoing
from service.core.requests import Request
from service.core.results import Result

__all__ = ["Chat", "CommandHandler", "Desk", "Formatter", "Parser", "Rule"]


class Chat(Protocol):
    """WhatsApp, outward."""

    def send(self, to: str, message: Outgoing, about: str, /) -> Awaitable[str]:
        """WhatsApp's id of the message, which answers the one named `about`.

        Raises ChatError (try again), DocumentFailed (a few times) or ChatRefused (do not).
        """


Parser = Callable[[str], Parsed]

Rule = Callable[[Request], Result | None]
"""None when the rule holds, else what to tell the user."""


class CommandHandler(Protocol):
    """One command of the bot (item 2.1)."""

    @property
    def type(self) -> CommandType: ...

    @property
    def rules(self) -> Sequence[Rule]:
        """What must hold before anything is asked of the upstream (item 2.2)."""

    async def handle(self, request: Request) -> Result:
        """Carries the command out. Raises UpstreamError and StoreError; never for a payment's outcome."""


Formatter = Callable[[Result], Sequence[Outgoing]]
"""Facts to messages (item 2.3)."""

Desk = Callable[[Entry], Awaitable[Sequence[Outgoing]]]
"""Handles one message to its replies; never raises but for StoreError and cancellation."""
