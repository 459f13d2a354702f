from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from service.commands.accounts import AccountFacade
from service.commands.rules import code_asked, otp_form, unlinked_only
from service.core.commands import CommandType
from service.core.errors import UpstreamRefused
from service.core.requests import Request
from service.core.results import AccountLinked, CodeRefused, Problem, Result
from service.core.sessions import MAX_CODE_ATTEMPTS, Linking
from service.ports import Rule

__all__ = ["VerifyCommand"]


def _attempts_left(request: Request) -> Result | None:
    linking = request.conversation.linking
    return CodeRefused(0) if linking and linking.attempts >= MAX_CODE_ATTEMPTS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCommand:
    """`verify 123456`: the code comes back, and the account is linked."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.VERIFY
    rules: ClassVar[Sequence[Rule]] = (unlinked_only, otp_form, code_asked, _attempts_left)

    async def handle(self, request: Request) -> Result:
        linking = request.conversation.linking
        if linking is None:
            return Problem("no-code-asked")
        tried = msgspec.structs.replace(linking, attempts=linking.attempts + 1)
        try:
            token = await self.accounts.try_code(request, tried)
        except UpstreamRefused as refusal:
            return _refused(refusal, tried)
        session = await self.accounts.link(request, linking, token)
        return AccountLinked(session.username) if session else Problem("phone-mismatch")


def _refused(refusal: UpstreamRefused, tried: Linking) -> Result:
    match refusal.code:
        case "PHONE_CODE_ERROR":
            return CodeRefused(MAX_CODE_ATTEMPTS - tried.attempts)
        case "CODE_EXPIRED_ERROR":
            return CodeRefused(0)
        case "TOTP_REQUIRED":
            return Problem("totp-required")
        case _:
            raise refusal
