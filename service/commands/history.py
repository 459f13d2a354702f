from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.queries import Transaction, Transactions
from service.core.requests import Request
from service.core.results import HistoryShown, Result, TransactionShown
from service.ports import Rule

__all__ = ["HistoryCommand"]

_MIN_ID_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCommand:
    """`history`: the recent movements; `history ID`: one of them."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.HISTORY
    rules: ClassVar[Sequence[Rule]] = (linked_only,)

    async def handle(self, request: Request) -> Result:
        recent = await self.accounts.reader(request).transactions()
        asked = request.command.args.get("transactionId")
        if asked is not None:
            return TransactionShown(_find(recent.value, asked.removeprefix("#").lower()), asked)
        return HistoryShown(recent.value.items, request.now_s, recent.age_s(request.now_s))


def _find(recent: Transactions, asked: str) -> Transaction | None:
    """The movement with this id, or the only one whose id ends with it: lists show the end alone."""
    if len(asked) < _MIN_ID_CHARS:
        return None
    found = [item for item in recent.items if item.id.lower().endswith(asked)]
    exact = [item for item in found if item.id.lower() == asked]
    return exact[0] if exact else _only(found)


def _only(found: list[Transaction]) -> Transaction | None:
    return found[0] if len(found) == 1 else None
