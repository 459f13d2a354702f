from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import Problem, Result, UnsupportedMessage
from service.ports import Rule

__all__ = ["UnknownCommand"]


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """What the bot did not understand. Nothing is ever asked of Flash for it."""

    type: ClassVar[CommandType] = CommandType.UNKNOWN
    rules: ClassVar[Sequence[Rule]] = ()

    async def handle(self, request: Request) -> Result:
        if request.message.kind == "unsupported":
            return UnsupportedMessage()
        return Problem("not-understood", {"text": request.message.text})
