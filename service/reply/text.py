"""Results in words. Every type of result has its place here, or the type checker says so."""

from typing import assert_never

from service.core.results import (
    ContactRemoved,
    ContactSaved,
    ContactsShown,
    HelpShown,
    Problem,
    Result,
    Trouble,
    UnsupportedMessage,
)
from service.reply.account_text import AccountResult, account_text
from service.reply.figure_text import FigureResult, figure_text
from service.reply.figures import duration
from service.reply.markup import clip, shown
from service.reply.payment_text import PaymentResult, payment_text
from service.reply.phrases import (
    DEFAULT_PROBLEM,
    DEFAULT_REFUSAL,
    HELP_PAGE_OF,
    HELP_PAGES,
    PROBLEMS,
    REFUSALS,
)

__all__ = ["help_page", "text_of"]

_OtherResult = HelpShown | ContactsShown | ContactSaved | ContactRemoved | Problem | Trouble | UnsupportedMessage
_MAX_CHARS = 4096  # WhatsApp's limit for a text


def text_of(result: Result) -> str:
    """What is said, as one text of at most 4,096 characters."""
    if isinstance(result, AccountResult):
        return account_text(result)
    if isinstance(result, FigureResult):
        return figure_text(result)
    if isinstance(result, PaymentResult):
        return payment_text(result)
    return clip(_other_text(result), _MAX_CHARS)


def help_page(result: HelpShown) -> str:
    """The key of the page that answers."""
    page = HELP_PAGE_OF.get(result.category or "", "")
    return page or ("" if result.linked else "welcome")


def _other_text(result: _OtherResult) -> str:
    match result:
        case HelpShown():
            asked = f"You asked: “{shown(result.asked, 200)}”\n\n" if result.asked else ""
            return asked + HELP_PAGES[help_page(result)]
        case Problem():
            return _problem(result)
        case Trouble():
            return _trouble(result)
        case UnsupportedMessage():
            return "I can only read text and taps on my buttons. Send *help* to see what I can do."
        case _:
            return _contacts_text(result)


def _contacts_text(result: ContactsShown | ContactSaved | ContactRemoved) -> str:
    match result:
        case ContactsShown(contacts=()):
            return "You have no contacts yet. Save one with *contacts add bob +18765551234*"
        case ContactsShown(contacts=contacts):
            lines = [f"{shown(contact.name, 30)}: {shown(contact.phone, 20)}" for contact in contacts]
            return "\n".join(["*Your contacts*", *lines])
        case ContactSaved(contact=contact):
            name = shown(contact.name, 30)
            return (
                f"Saved: {name}, {shown(contact.phone, 20)}. *send 5 to {name}* pays them once they are linked with me."
            )
        case ContactRemoved(name=name, existed=existed):
            return f"Removed: {shown(name, 30)}." if existed else f"You have no contact called “{shown(name, 30)}”."
        case _:
            assert_never(result)


def _problem(result: Problem) -> str:
    if result.rule == "refused":
        return REFUSALS.get(result.facts.get("code", ""), DEFAULT_REFUSAL)
    facts = {name: shown(fact) for name, fact in result.facts.items()}
    return PROBLEMS.get(result.rule, DEFAULT_PROBLEM).format_map(facts)


def _trouble(result: Trouble) -> str:
    wait = f"in {duration(result.retry_after_s + 1)}" if result.retry_after_s else "in a moment"
    match result.kind:
        case "flash-unavailable":
            return f"Flash isn't answering right now. Please try again {wait}."
        case "flash-busy":
            return "Flash is asking me to slow down. Please try again in a few minutes."
        case "session-expired":
            return "Your session with Flash has ended. Send *link* to connect again."
        case "too-busy":
            return "I'm too busy right now, so I've done nothing with that message. Please send it again in a minute."
        case "internal":
            return "Something went wrong on our side. If you were sending money, check *history* before you try again."
        case _:
            assert_never(result.kind)
