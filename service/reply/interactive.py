"""Buttons and menus: the same words, with the answers a tap away (item 2.3)."""

from service.core.buttons import answer_button, command_button
from service.core.messages import Button, Buttons, Menu, MenuRow, Outgoing, Text
from service.core.results import HelpShown, PaymentProposed, Problem, Result, Trouble, UnlinkAsked
from service.reply.markup import clip
from service.reply.text import help_page, text_of

__all__ = ["interactive_of"]

_MAX_BODY_CHARS = 1024  # WhatsApp's limit for the body of buttons and menus

_HELP_ROWS = (
    ("balance", "Balance", "What you have"),
    ("history", "History", "Your last payments"),
    ("receive", "Receive", "An invoice for any amount"),
    ("price", "Price", "What a bitcoin costs"),
    ("contacts", "Contacts", "Names for phone numbers"),
    ("username", "Username", "Your name at Flash"),
    ("help send", "How to send", "Usernames, contacts, phones, invoices"),
    ("help receive", "How to receive", "Invoices and QR codes"),
    ("help wallet", "Your wallet", "Linking, refreshing, unlinking"),
)


def interactive_of(result: Result) -> Outgoing:
    """One message that says what `text_of` says, with buttons or a menu where there is something to choose."""
    text = text_of(result)
    body = clip(text, _MAX_BODY_CHARS)
    match result:
        case PaymentProposed(payment=payment):
            yes, no = answer_button(payment.id, yes=True), answer_button(payment.id, yes=False)
            return Buttons(body, (Button(yes, "Yes, send it"), Button(no, "No")))
        case HelpShown() if help_page(result) == "":
            rows = tuple(MenuRow(command_button(text), title, about) for text, title, about in _HELP_ROWS)
            return Menu(body, "Choose", rows)
        case HelpShown() if help_page(result) == "welcome":
            return _commands(body, ("link", "Link my account"), ("price", "Bitcoin price"))
        case _:
            choice = _next_step(result)
            return _commands(body, choice) if choice else Text(text)


def _next_step(result: Result) -> tuple[str, str] | None:
    """The command, and the title of its button, that most users need after this."""
    match result:
        case UnlinkAsked():
            return "unlink confirm", "Disconnect"
        case Problem(rule="not-linked") | Trouble(kind="session-expired"):
            return "link", "Link my account"
        case Problem(rule="not-understood"):
            return "help", "Help"
        case _:
            return None


def _commands(body: str, *choices: tuple[str, str]) -> Buttons:
    return Buttons(body, tuple(Button(command_button(text), title) for text, title in choices))
