from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from service.commands.display import display_in
from service.commands.reading import Known, oldest, reader_for
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.queries import Balance, Profile
from service.core.requests import Request
from service.core.results import BalanceShown, Result
from service.ports import Fetch, Rule, Together

__all__ = ["BalanceCommand", "show_balance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCommand:
    """`balance`: the dollar wallet, in dollars and in the user's display currency."""

    fetch: Fetch
    together: Together
    type: ClassVar[CommandType] = CommandType.BALANCE
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        return await show_balance(self.fetch, self.together, request)


async def show_balance(fetch: Fetch, together: Together, request: Request, *, fresh: bool = False) -> BalanceShown:
    """The balance; `fresh` takes no cache's word for it. Raises UpstreamError."""
    reader = reader_for(fetch, request)
    profile: Known[Profile]
    balance: Known[Balance]
    profile, balance = await together(reader.profile, partial(reader.balance, fresh=fresh))
    display = await display_in(together, reader, profile.value.currency)
    return BalanceShown(
        money=display.money(balance.value.cents),
        refreshed=fresh,
        age_s=oldest(balance.age_s(request.now_s), display.age_s(request.now_s)),
    )
