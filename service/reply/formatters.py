"""Formatters: facts to messages (item 2.3). Each knows every result; which one is used is the wiring's choice."""

from service.core.messages import Outgoing, Picture, Text
from service.core.results import InvoiceCreated, Result
from service.reply.interactive import interactive_of
from service.reply.markup import clip
from service.reply.text import text_of

__all__ = ["interactive", "text_only"]

_MAX_CAPTION_CHARS = 1024


def text_only(result: Result) -> tuple[Outgoing, ...]:
    """Without buttons and menus, for chats that cannot show them; an invoice has its picture all the same."""
    return _invoice(result) if isinstance(result, InvoiceCreated) else (Text(text_of(result)),)


def interactive(result: Result) -> tuple[Outgoing, ...]:
    """With buttons and menus."""
    return _invoice(result) if isinstance(result, InvoiceCreated) else (interactive_of(result),)


def _invoice(result: InvoiceCreated) -> tuple[Outgoing, ...]:
    """The QR code, then the invoice alone, so that a long press copies it.

    Upper case makes a QR code of letters and digits alone, which has fewer and larger dots.
    """
    picture = Picture(f"LIGHTNING:{result.payment_request.upper()}", clip(text_of(result), _MAX_CAPTION_CHARS))
    return picture, Text(result.payment_request)
