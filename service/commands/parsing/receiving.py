"""Invoices of one's own: "receive 10 for coffee", "create an invoice for 10"."""

from service.commands.parsing.amounts import amount_length, amount_text, starts_amount
from service.commands.parsing.normalise import Utterance, without_edges, word_set
from service.commands.parsing.sending import memo_of
from service.core.commands import CommandType, Parsed

__all__ = ["read_invoice", "read_invoice_order", "read_receive"]

_FILLERS = word_set("a an the some money payment payments funds bitcoin btc sats of up to")
_BEFORE_AMOUNT = frozenset({"for", "of", "with"})
_BEFORE_MEMO = frozenset({"for", "memo", "note"})
_MAKERS = frozenset({"create", "make", "generate", "new"})
_BEFORE_INVOICE = frozenset({"a", "an", "my", "me", "the", "new", "lightning", "bitcoin"})
_INVOICES = (("invoice",), ("inv",), ("qr", "code"), ("qr",), ("payment", "link"))


def read_receive(rest: Utterance) -> Parsed:
    """The invoice asked for by the words after "receive": an amount, a memo, both or neither."""
    rest = _without_fillers(rest)
    length = amount_length(rest.tokens)
    if not length and rest.first[:1].isdigit():
        length = 1  # so many digits that they could be a phone number, which has no place here
    amount = {"amount": amount_text(rest.tokens[:length])} if length else {}
    memo = memo_of(rest.after(length))
    return Parsed(CommandType.RECEIVE, {**amount, "memo": memo} if memo else amount)


def read_invoice(rest: Utterance) -> Parsed | None:
    """The same after "invoice" or "qr", where a word that is no amount may be somebody to be charged."""
    parsed = read_receive(rest)
    fits = not rest.tokens or rest.first in _BEFORE_MEMO or "amount" in parsed.args or not parsed.args
    return parsed if fits else None


def read_invoice_order(heard: Utterance) -> Parsed | None:
    """The same after "create an invoice"."""
    if heard.first not in _MAKERS:
        return None
    rest = without_edges(heard.after(1), _BEFORE_INVOICE, ())
    length = next((len(words) for words in _INVOICES if rest.starts(words)), 0)
    return read_invoice(rest.after(length)) if length else None


def _without_fillers(rest: Utterance) -> Utterance:
    while rest.first in _FILLERS and not starts_amount(rest.tokens):
        rest = rest.after(1)
    if rest.first in _BEFORE_AMOUNT and starts_amount(rest.after(1).tokens):
        rest = rest.after(1)
    return rest
