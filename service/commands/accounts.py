"""A user's account as commands speak of it (item 4.3): one facade for linking, naming, and what is read of it."""

from dataclasses import dataclass

import msgspec

from service.commands.reading import Reader
from service.core.events import UserLinked, UserUnlinked, UserVerified
from service.core.freshness import ACCOUNT_SCOPED, Namespace
from service.core.queries import InvoiceMade
from service.core.requests import Request
from service.core.sessions import Linking, Session
from service.ports import Announce, Fetch, Forget, Sessions, Together, Wallet

__all__ = ["AccountFacade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacade:
    """Keeps together what belongs together: a change at Flash, our record of it, and what caches say of it."""

    fetch: Fetch
    together: Together
    wallet: Wallet
    sessions: Sessions
    forget: Forget
    announce: Announce

    def reader(self, request: Request) -> Reader:
        """The reads of a request: its command is the site, its user the account."""
        session = request.conversation.session
        account = session.account if session else None
        return Reader(self.fetch, self.together, request.command.type.value, account)

    async def send_code(self, request: Request, phone: str) -> None:
        """Begins the linking. Raises UpstreamError and StoreError."""
        await self.wallet.send_code(phone)
        await self.sessions.save_linking(request.user, Linking(phone, request.now_s))

    async def try_code(self, request: Request, tried: Linking) -> str:
        """The token for a code; the attempt is counted before, so that a crash gives none away.

        Raises UpstreamRefused for a code that is not right, UpstreamError and StoreError.
        """
        await self.sessions.save_linking(request.user, tried)
        return await self.wallet.login(tried.phone, request.command.args["otp"])

    async def link(self, request: Request, linking: Linking, token: str) -> Session | None:
        """Links the account of this token; None where it belongs to another phone. Raises UpstreamError, StoreError."""
        profile = await self.wallet.identify(token)
        if profile.phone != linking.phone:
            return None
        session = Session(
            user=request.user,
            phone=linking.phone,
            account_id=profile.account_id,
            username=profile.username,
            token=token,
            linked_at_s=request.now_s,
            wallet_id=profile.usd_wallet_id,
        )
        await self.sessions.save(session)
        await self.announce((UserVerified(request.now_s, session.user), UserLinked(request.now_s, session.user)))
        return session

    async def unlink(self, request: Request) -> None:
        """Forgets the account, then the session. Raises StoreError."""
        session = request.session
        await self.forget(session.account_id, ACCOUNT_SCOPED)
        await self.sessions.delete(session)
        await self.announce((UserUnlinked(request.now_s, session.user),))

    async def is_username_free(self, username: str) -> bool:
        """Raises UpstreamError."""
        return await self.wallet.is_username_free(username)

    async def set_username(self, session: Session, username: str) -> None:
        """Raises UpstreamRefused with USERNAME_ERROR when it cannot be had."""
        await self.wallet.set_username(session.account, username)

    async def remember_username(self, session: Session, username: str) -> None:
        """The name is the user's now: says so in our records, and forgets the profile without it. Raises StoreError."""
        await self.forget(session.account_id, frozenset({Namespace.PROFILE}))
        await self.sessions.save(msgspec.structs.replace(session, username=username))

    async def create_invoice(
        self, session: Session, wallet_id: str, amount_cents: int | None, memo: str | None
    ) -> InvoiceMade:
        """Raises UpstreamError."""
        return await self.wallet.create_invoice(session.account, wallet_id, amount_cents, memo)
