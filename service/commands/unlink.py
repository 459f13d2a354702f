from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.freshness import ACCOUNT_SCOPED
from service.core.requests import Request
from service.core.results import Result, UnlinkAsked, Unlinked
from service.ports import Forget, Rule, Sessions

__all__ = ["UnlinkCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkCommand:
    """`unlink`, then `unlink confirm`: the session goes, and what caches know of the account with it."""

    sessions: Sessions
    forget: Forget
    type: ClassVar[CommandType] = CommandType.UNLINK
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        if "confirm" not in request.command.args:
            return UnlinkAsked()
        await self.forget(request.session.account_id, ACCOUNT_SCOPED)
        await self.sessions.delete(request.session)
        return Unlinked()
