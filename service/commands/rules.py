"""What must hold before anything is asked of Flash: who asks, how much, and with which words (item 2.2).

A rule is a pure function of the request. Each has one key, under which the reply stage keeps its one wording.
"""

from service.commands.fields import amount_cents, is_late, memo_of
from service.core.money import format_usd, parse_cents
from service.core.requests import Request
from service.core.results import AlreadyLinked, LateCommand, Problem, Result

__all__ = [
    "MAX_AMOUNT_CENTS",
    "MAX_MEMO_BYTES",
    "MAX_MEMO_CHARS",
    "amount_positive",
    "amount_readable",
    "amount_within_limit",
    "code_asked",
    "currency_form",
    "linked_only",
    "memo_short",
    "not_late",
    "otp_form",
    "too_large",
    "unlinked_only",
]

MAX_AMOUNT_CENTS = 1_000_000
"""The most that one payment or one invoice may be for."""

MAX_MEMO_CHARS = 200
MAX_MEMO_BYTES = 629
"""What fits into an invoice's description (BOLT #11), which is 639, with the tag that a payment's memo ends in."""

_OTP_DIGITS = 6
_CURRENCY_LETTERS = 3


def linked_only(request: Request) -> Result | None:
    """Only for users whose account is linked."""
    return None if request.conversation.session else Problem("not-linked")


def unlinked_only(request: Request) -> Result | None:
    """Only for users whose account is not linked yet."""
    session = request.conversation.session
    return AlreadyLinked(session.username) if session else None


def not_late(request: Request) -> Result | None:
    """A message that moves money must be fresh."""
    return LateCommand() if is_late(request) else None


def amount_readable(request: Request) -> Result | None:
    """A sign is left to `amount_positive`, which says more about it."""
    typed = request.command.args.get("amount")
    if typed is None or parse_cents(typed.removeprefix("-")) is not None:
        return None
    return Problem("amount-unreadable", {"amount": typed})


def amount_positive(request: Request) -> Result | None:
    """Nothing and less than nothing cannot be moved."""
    typed = request.command.args.get("amount")
    if typed is None or (not typed.startswith("-") and amount_cents(request) != 0):
        return None
    return Problem("amount-not-positive", {"amount": typed})


def amount_within_limit(request: Request) -> Result | None:
    """At most MAX_AMOUNT_CENTS."""
    return too_large(amount_cents(request) or 0)


def too_large(cents: int) -> Problem | None:
    """The problem with an amount above the limit, typed or asked for by an invoice."""
    if cents <= MAX_AMOUNT_CENTS:
        return None
    return Problem("amount-too-large", {"amount": format_usd(cents), "limit": format_usd(MAX_AMOUNT_CENTS)})


def memo_short(request: Request) -> Result | None:
    """What reaches the recipient is measured, without the invisible characters."""
    memo = memo_of(request) or ""
    if len(memo) <= MAX_MEMO_CHARS and len(memo.encode()) <= MAX_MEMO_BYTES:
        return None
    return Problem("memo-too-long", {"limit": str(MAX_MEMO_CHARS)})


def otp_form(request: Request) -> Result | None:
    """Six digits."""
    code = request.command.args.get("otp", "")
    return None if len(code) == _OTP_DIGITS and code.isascii() and code.isdigit() else Problem("code-form")


def code_asked(request: Request) -> Result | None:
    """A code must be on its way."""
    return None if request.conversation.linking else Problem("no-code-asked")


def currency_form(request: Request) -> Result | None:
    """Three letters."""
    code = request.command.args.get("currency", "USD")
    if len(code) == _CURRENCY_LETTERS and code.isascii() and code.isalpha():
        return None
    return Problem("currency-unknown", {"currency": code})
