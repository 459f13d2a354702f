"""What a request's arguments say, read the same way by the rules that check them and by the handlers that use them."""

import re
import unicodedata
from functools import lru_cache

from service.core.bolt11 import Invoice, decode
from service.core.money import parse_cents
from service.core.payments import PAYING_COMMAND_MAX_AGE_S
from service.core.phones import to_e164
from service.core.requests import Request

__all__ = [
    "INVOICE",
    "PHONE",
    "RECIPIENT",
    "USERNAME",
    "amount_cents",
    "invoice_of",
    "is_late",
    "memo_of",
    "phone_of",
    "username_key",
]

INVOICE = "paymentRequest"
PHONE = "phoneNumber"
RECIPIENT = "recipient"
USERNAME = "username"

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")


def amount_cents(request: Request) -> int | None:
    """The typed amount; None when there is none, or none that can be read."""
    return parse_cents(request.command.args.get("amount", ""))


def memo_of(request: Request) -> str | None:
    """The memo without control and invisible characters, as it is sent; None when nothing is left of it."""
    spaced = _SPACES.sub(" ", request.command.args.get("memo", ""))
    return "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).strip() or None


def phone_of(request: Request) -> str | None:
    """The typed phone number as E.164; None when there is none, or it is no possible number."""
    typed = request.command.args.get(PHONE)
    return _e164(typed, request.phone_region) if typed else None


def invoice_of(request: Request) -> Invoice | None:
    """The invoice to be paid, None when the request is not about one. Raises Bolt11Error."""
    text = request.command.args.get(INVOICE)
    return decode(text) if text else None


def is_late(request: Request) -> bool:
    """Whether the message is too old to move money: WhatsApp may have held it back for days."""
    return request.now_s - request.message.sent_at_s > PAYING_COMMAND_MAX_AGE_S


def username_key(name: str) -> str:
    """A username in the form Flash compares it: case does not matter."""
    return name.removeprefix("@").lower()


@lru_cache(maxsize=256)  # the rule and the handler ask for the same number
def _e164(typed: str, region: str) -> str | None:
    return to_e164(typed, region)
