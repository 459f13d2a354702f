from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.balance import show_balance
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.requests import Request
from service.core.results import Result
from service.ports import Rule

__all__ = ["RefreshCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshCommand:
    """`refresh`: the balance, asked of Flash again."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.REFRESH
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        return await show_balance(self.accounts, request, fresh=True)
