from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from service.commands.rules import code_asked, otp_form, unlinked_only
from service.core.commands import CommandType
from service.core.errors import UpstreamRefused
from service.core.requests import Request
from service.core.results import AccountLinked, CodeRefused, Problem, Result
from service.core.sessions import MAX_CODE_ATTEMPTS, Linking, Session
from service.ports import Rule, Sessions, Wallet

__all__ = ["VerifyCommand"]


def _attempts_left(request: Request) -> Result | None:
    linking = request.conversation.linking
    return CodeRefused(0) if linking and linking.attempts >= MAX_CODE_ATTEMPTS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCommand:
    """`verify 123456`: the code comes back, and the account is linked."""

    wallet: Wallet
    sessions: Sessions
    type: ClassVar[CommandType] = CommandType.VERIFY
    rules: ClassVar[Sequence[Rule]] = (unlinked_only, otp_form, code_asked, _attempts_left)

    async def handle(self, request: Request) -> Result:
        linking = request.conversation.linking
        if linking is None:
            return Problem("no-code-asked")
        # Counted before it is tried: a crash in between must not give attempts away.
        tried = msgspec.structs.replace(linking, attempts=linking.attempts + 1)
        await self.sessions.save_linking(request.user, tried)
        try:
            token = await self.wallet.login(linking.phone, request.command.args["otp"])
        except UpstreamRefused as refusal:
            return _refused(refusal, tried)
        return await self._link(request, linking, token)

    async def _link(self, request: Request, linking: Linking, token: str) -> Result:
        profile = await self.wallet.identify(token)
        if profile.phone != linking.phone:
            return Problem("phone-mismatch")
        await self.sessions.save(
            Session(
                user=request.user,
                phone=linking.phone,
                account_id=profile.account_id,
                username=profile.username,
                token=token,
                linked_at_s=request.now_s,
            )
        )
        return AccountLinked(profile.username)


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
