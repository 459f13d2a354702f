"""What must hold for whom: recipients, usernames, contacts, phone numbers and invoices (item 2.2)."""

import re

from service.commands.fields import INVOICE, PHONE, RECIPIENT, USERNAME, invoice_of, phone_of, username_key
from service.core.bolt11 import Bolt11Error
from service.core.requests import Request
from service.core.results import Problem, RecipientUnknown, Result, UsernameShown

__all__ = [
    "amount_given",
    "contact_action",
    "contact_name_form",
    "contact_phone_form",
    "invoice_payable",
    "no_lightning_address",
    "not_to_self",
    "one_recipient",
    "phone_form",
    "recipient_given",
    "recipient_possible",
    "username_changeable",
    "username_form",
]

_RECIPIENTS = frozenset({USERNAME, PHONE, RECIPIENT, INVOICE})
_USERNAME = re.compile(r"(?!bc1|lnbc1|[0-9])[0-9a-z_]{3,50}", re.IGNORECASE)
_POSSIBLE_USERNAME = re.compile(r"[0-9a-z_]{3,50}", re.IGNORECASE | re.ASCII)
_CONTACT_NAME = re.compile(r"[^\W\d_][\w.'-]{0,29}")
_CONTACT_ACTIONS = frozenset({"list", "add", "remove"})


def recipient_given(request: Request) -> Result | None:
    """Somebody must be named."""
    return Problem("recipient-missing") if _RECIPIENTS.isdisjoint(request.command.args) else None


def one_recipient(request: Request) -> Result | None:
    """And only one."""
    return None if len(_RECIPIENTS & request.command.args.keys()) == 1 else Problem("recipient-unclear")


def no_lightning_address(request: Request) -> Result | None:
    """`name@domain` would need LNURL, and is never taken for a username."""
    address = request.command.args.get(RECIPIENT, "")
    return Problem("lightning-address", {"address": address}) if "@" in address else None


def amount_given(request: Request) -> Result | None:
    """An invoice may bring its own amount; `invoice_payable` looks."""
    args = request.command.args
    return None if "amount" in args or INVOICE in args else Problem("amount-missing")


def phone_form(request: Request) -> Result | None:
    """A number that can exist."""
    typed = request.command.args.get(PHONE)
    if typed is None or phone_of(request) is not None:
        return None
    return Problem("phone-form", {"phone": typed})


def recipient_possible(request: Request) -> Result | None:
    """A name that Flash would never give to anybody is not looked up."""
    name = request.command.args.get(USERNAME)
    if name is None or _POSSIBLE_USERNAME.fullmatch(name):
        return None
    return RecipientUnknown(f"@{name}", "username")


def not_to_self(request: Request) -> Result | None:
    """Neither one's own name nor one's own number."""
    session = request.session
    own = username_key(session.username) if session.username else None
    name = request.command.args.get(USERNAME)
    is_own = (name is not None and username_key(name) == own) or phone_of(request) == session.phone
    return Problem("cant-pay-self") if is_own else None


def invoice_payable(request: Request) -> Result | None:
    """Readable, not expired, and with an amount of its own or a typed one."""
    try:
        invoice = invoice_of(request)
    except Bolt11Error:
        return Problem("invoice-unreadable")
    if invoice is None:
        return None
    if invoice.expires_at <= request.now_s:
        return Problem("invoice-expired")
    if invoice.amount_msat is None and "amount" not in request.command.args:
        return Problem("invoice-needs-amount")
    return None


def username_form(request: Request) -> Result | None:
    """What Flash accepts as a new name."""
    name = request.command.args.get(USERNAME)
    if name is None or _USERNAME.fullmatch(name):
        return None
    return Problem("username-form", {"username": name})


def username_changeable(request: Request) -> Result | None:
    """A username is for ever, so a known one answers every wish for another."""
    own, name = request.session.username, request.command.args.get(USERNAME)
    if own is None or name is None:
        return None
    return UsernameShown(own) if username_key(own) == username_key(name) else Problem("username-fixed", {"own": own})


def contact_action(request: Request) -> Result | None:
    """List, add or remove."""
    action = request.command.args.get("action", "list")
    return None if action in _CONTACT_ACTIONS else Problem("contact-action")


def contact_name_form(request: Request) -> Result | None:
    """A letter first, then up to 29 letters, digits and a few signs; no spaces, so that `send` can use it."""
    args = request.command.args
    if args.get("action", "list") == "list":
        return None
    if "name" not in args:
        return Problem("contact-name-missing")
    return None if _CONTACT_NAME.fullmatch(args["name"]) else Problem("contact-name-form", {"name": args["name"]})


def contact_phone_form(request: Request) -> Result | None:
    """A new contact needs a number that can exist."""
    if request.command.args.get("action") == "add" and PHONE not in request.command.args:
        return Problem("contact-phone-missing")
    return phone_form(request)
