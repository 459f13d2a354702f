from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.periods import period_of
from service.core.requests import Request
from service.core.results import Problem, Result, StatementPromised
from service.ports import Rule

__all__ = ["StatementCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCommand:
    """`statement [csv|pdf] [month]` and `history all`: movements as a file.

    Nothing is read here but whose wallet it is: the file is made when it is sent.
    """

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.STATEMENT
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        month = request.command.args.get("month", "this")
        period = period_of(month, request.message.sent_at_s)
        if period is None:
            return Problem("month-unknown", {"month": month})
        profile = (await self.accounts.reader(request).profile()).value
        return StatementPromised(
            kind="pdf" if request.command.args.get("format") == "pdf" else "csv",
            user=request.user,
            account_id=request.session.account_id,
            wallet_id=profile.usd_wallet_id,
            begin_s=period.begin_s,
            end_s=period.end_s,
            period=period.name,
        )
