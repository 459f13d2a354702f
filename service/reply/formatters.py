"""Formatters: facts to messages (item 2.3). Each knows every result; which one is used is the wiring's choice."""

from service.core.messages import Document, Outgoing, Picture, Text
from service.core.results import InvoiceCreated, Result, StatementPromised
from service.reply.figures import period_words
from service.reply.interactive import interactive_of
from service.reply.markup import clip
from service.reply.text import text_of

__all__ = ["interactive", "text_only"]

_MAX_CAPTION_CHARS = 1024


def text_only(result: Result) -> tuple[Outgoing, ...]:
    """Without buttons and menus, for chats that cannot show them; pictures and files are there all the same."""
    return _with_file(result) or (Text(text_of(result)),)


def interactive(result: Result) -> tuple[Outgoing, ...]:
    """With buttons and menus."""
    return _with_file(result) or (interactive_of(result),)


def _with_file(result: Result) -> tuple[Outgoing, ...]:
    """The messages of a result that needs a file in every format; none for others."""
    if isinstance(result, InvoiceCreated):
        return _invoice(result)
    return _statement(result) if isinstance(result, StatementPromised) else ()


def _invoice(result: InvoiceCreated) -> tuple[Outgoing, ...]:
    """The QR code, then the invoice alone, so that a long press copies it.

    Upper case makes a QR code of letters and digits alone, which has fewer and larger dots.
    """
    picture = Picture(f"LIGHTNING:{result.payment_request.upper()}", clip(text_of(result), _MAX_CAPTION_CHARS))
    return picture, Text(result.payment_request)


def _statement(result: StatementPromised) -> tuple[Outgoing, ...]:
    """A word at once, and the file when it is made."""
    document = Document(
        kind=result.kind,
        user=result.user,
        account_id=result.account_id,
        wallet_id=result.wallet_id,
        begin_s=result.begin_s,
        end_s=result.end_s,
        period=result.period,
        filename=f"flash-{result.period}.{result.kind}",
        caption=f"Your payments, {period_words(result.period)}. Times are UTC.",
    )
    return Text(text_of(result)), document
