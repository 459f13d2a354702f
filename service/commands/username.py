from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from service.commands.accounts import AccountFacade
from service.commands.fields import USERNAME, username_key
from service.commands.name_rules import username_changeable, username_form
from service.commands.rules import linked_only
from service.core.commands import CommandType
from service.core.errors import UpstreamRefused
from service.core.requests import Request
from service.core.results import Problem, Result, UsernameSet, UsernameShown
from service.ports import Rule

__all__ = ["UsernameCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsernameCommand:
    """`username` shows the user's name, `username NAME` chooses it, once and for ever."""

    accounts: AccountFacade
    type: ClassVar[CommandType] = CommandType.USERNAME
    rules: ClassVar[Sequence[Rule]] = (linked_only, username_form, username_changeable)

    async def handle(self, request: Request) -> Result:
        name = request.command.args.get(USERNAME)
        if name is None:
            return UsernameShown((await self.accounts.reader(request).profile()).value.username)
        if await self.accounts.is_username_free(name):
            return await self._set(request, name)
        return await self._explain_taken(request, name)

    async def _set(self, request: Request, name: str) -> Result:
        try:
            await self.accounts.set_username(request.session, name)
        except UpstreamRefused as refusal:
            if refusal.code != "USERNAME_ERROR":
                raise
            return Problem("username-refused", {"username": name})
        return await self._remember(request, name)

    async def _explain_taken(self, request: Request, name: str) -> Result:
        """It may be the user's own: set elsewhere, or by this very message before it was interrupted."""
        own = (await self.accounts.reader(request).profile(fresh=True)).value.username
        if own is not None and username_key(own) == username_key(name):
            return await self._remember(request, own)
        return Problem("username-taken", {"username": name})

    async def _remember(self, request: Request, name: str) -> Result:
        await self.accounts.remember_username(request.session, name)
        return UsernameSet(name)
