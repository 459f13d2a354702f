from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import HelpShown, Result
from service.ports import Rule

__all__ = ["HelpCommand"]


@dataclass(frozen=True, slots=True)
class HelpCommand:
    """`help [category]`, and every question about how something is done."""

    type: ClassVar[CommandType] = CommandType.HELP
    rules: ClassVar[Sequence[Rule]] = ()

    async def handle(self, request: Request) -> Result:
        args = request.command.args
        return HelpShown(
            category=args.get("category"),
            linked=request.conversation.session is not None,
            asked=args.get("originalQuestion"),
        )
