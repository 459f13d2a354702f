"""Linking and usernames in words."""

from typing import assert_never

from service.core.results import (
    AccountLinked,
    AlreadyLinked,
    CodeRefused,
    CodeSent,
    UnlinkAsked,
    Unlinked,
    UsernameSet,
    UsernameShown,
)
from service.reply.markup import shown

__all__ = ["AccountResult", "account_text"]

AccountResult = (
    CodeSent | CodeRefused | AlreadyLinked | AccountLinked | UnlinkAsked | Unlinked | UsernameShown | UsernameSet
)


def account_text(result: AccountResult) -> str:
    """What is said about a user's account."""
    match result:
        case CodeSent():
            return "I've asked Flash to send you a code. When it arrives, send me its six digits."
        case CodeRefused(attempts_left=attempts_left):
            return _code_refused(attempts_left)
        case AlreadyLinked(username=username):
            return f"Your account is linked{_as(username)} already. Send *unlink* to disconnect it."
        case AccountLinked(username=username):
            return f"Your account is linked{_as(username)} now. Send *balance* to see what you have, or *help*."
        case _:
            return _name_or_end(result)


def _name_or_end(result: UsernameShown | UsernameSet | UnlinkAsked | Unlinked) -> str:
    match result:
        case UsernameShown(username=username) | UsernameSet(username=username):
            if username is None:
                return "You have no username yet. Choose one with *username NAME*. It can't be changed later."
            return f"You are *@{shown(username)}*."
        case UnlinkAsked():
            return "Disconnect your Flash account from this chat? Your money stays where it is. Send *unlink confirm*."
        case Unlinked():
            return "Your account is disconnected. Send *link* to connect again."
        case _:
            assert_never(result)


def _code_refused(attempts_left: int) -> str:
    if attempts_left <= 0:
        return "That code doesn't work any more. Send *link* for a new one."
    tries = "1 try" if attempts_left == 1 else f"{attempts_left} tries"
    return f"That code isn't right. You have {tries} left."


def _as(username: str | None) -> str:
    return f" as *@{shown(username)}*" if username else ""
