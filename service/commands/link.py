from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.rules import unlinked_only
from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import CodeSent, Problem, Result
from service.ports import Rule

__all__ = ["RESEND_AFTER_S", "LinkCommand"]

RESEND_AFTER_S = 60.0
"""Asking again sooner sends no second code: Flash gives a phone four an hour."""


def _phone_known(request: Request) -> Result | None:
    return None if request.message.phone else Problem("need-phone")


def _not_just_sent(request: Request) -> Result | None:
    linking = request.conversation.linking
    if linking is None or request.now_s - linking.sent_at_s >= RESEND_AFTER_S:
        return None
    return Problem("code-just-sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCommand:
    """`link`: a code goes to the phone that writes."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.LINK
    rules: ClassVar[Sequence[Rule]] = (unlinked_only, _phone_known, _not_just_sent)

    async def handle(self, request: Request) -> Result:
        phone = request.message.phone
        if phone is None:
            return Problem("need-phone")
        await self.accounts.send_code(request, phone)
        return CodeSent()
