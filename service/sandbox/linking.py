"""Codes, logins and usernames of the simulated Flash."""

import re

from service.sandbox.accounts import is_username
from service.sandbox.calls import Call, Fields, Refusal
from service.sandbox.queries import user_fields
from service.sandbox.world import Person

__all__ = ["initiate_phone_registration", "login", "update_username"]

_PHONE = re.compile(r"\+[0-9]{7,14}")
_MAX_ACCOUNTS = 1_000_000
_REASONS = {
    "TOO_MANY_REQUEST": "Too many login attempts, please wait for a while and try again.",
    "PHONE_CODE_ERROR": "Invalid or incorrect code entered.",
    "CODE_EXPIRED_ERROR": "Code has expired. please ask for a new code and try again",
}


def initiate_phone_registration(call: Call, arguments: Fields) -> Fields:
    """Sends a code to a phone, on behalf of an account that has none itself: the bot's own.

    Refusals: NOT_AUTHENTICATED, PHONE_ALREADY_ATTACHED_ERROR, INVALID_INPUT, TOO_MANY_REQUEST.
    """
    if call.user().phone is not None:
        raise Refusal("PHONE_ALREADY_ATTACHED_ERROR", "A phone is already attached to this account.")
    if not call.services.codes.send(_phone(arguments["input"]["phone"]), call.now_s):
        raise Refusal("TOO_MANY_REQUEST", "Too many request code attempts, please wait for a while and try again.")
    return {"success": True}


def login(call: Call, arguments: Fields) -> Fields:
    """A session token for a phone and its code; a phone without an account gets one.

    Refusals: INVALID_INPUT, PHONE_CODE_ERROR, CODE_EXPIRED_ERROR, TOO_MANY_REQUEST.
    """
    phone = _phone(arguments["input"]["phone"])
    problem = call.services.codes.check(phone, str(arguments["input"]["code"]), call.now_s)
    if problem is not None:
        raise Refusal(problem, _REASONS[problem])
    world = call.services.world
    account = world.accounts.by_phone(phone)
    if account is None:
        if len(world.accounts) >= _MAX_ACCOUNTS:
            raise Refusal("TOO_MANY_REQUEST", "The sandbox has no room for another account.")
        account = world.settle(Person(phone, phone, None))
    return {"authToken": world.token(account), "totpRequired": account.totp}


def update_username(call: Call, arguments: Fields) -> Fields:
    """Gives the account its name, once. Refusals: NOT_AUTHENTICATED, INVALID_INPUT, USERNAME_ERROR."""
    account, username = call.user(), arguments["input"]["username"]
    if not isinstance(username, str) or not is_username(username):
        raise Refusal("INVALID_INPUT", "Invalid value for Username")
    if account.username is not None:
        raise Refusal("USERNAME_ERROR", "username is immutable")
    if call.services.world.accounts.by_username(username) is not None:
        raise Refusal("USERNAME_ERROR", "username not available")
    call.services.world.accounts.rename(account, username)
    return {"user": user_fields(call, account)}


def _phone(value: object) -> str:
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise Refusal("INVALID_INPUT", "Invalid value for Phone")
    return value
