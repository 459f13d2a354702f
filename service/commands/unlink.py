from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import Result, UnlinkAsked, Unlinked
from service.ports import Rule

__all__ = ["UnlinkCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkCommand:
    """`unlink`, then `unlink confirm`: the session goes, and what caches know of the account with it."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.UNLINK
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        if "confirm" not in request.command.args:
            return UnlinkAsked()
        await self.accounts.unlink(request)
        return Unlinked()
