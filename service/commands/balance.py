from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.display import display_in
from service.commands.reading import oldest
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import BalanceShown, Result
from service.ports import Rule

__all__ = ["BalanceCommand", "show_balance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCommand:
    """`balance`: the dollar wallet, in dollars and in the user's display currency."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.BALANCE
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        return await show_balance(self.accounts, request)


async def show_balance(accounts: AccountFacade, request: Request, *, fresh: bool = False) -> BalanceShown:
    """The balance; `fresh` takes no cache's word for it. Raises UpstreamError."""
    reader = accounts.reader(request)
    profile, balance, _ = await reader.profile_and_balance(fresh=fresh)
    display = await display_in(reader, profile.value.currency)
    return BalanceShown(
        money=display.money(balance.value.cents),
        refreshed=fresh,
        age_s=oldest(balance.age_s(request.now_s), display.age_s(request.now_s)),
    )
