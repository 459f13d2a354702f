"""Payments: every order in which people name an amount and a recipient.

Where a text could mean two amounts, the words are kept as typed for validation to refuse. Where it could ask for money
instead of giving it, it is no payment.
"""

from service.commands.parsing.amounts import amount_length, amount_text, plain_amount, starts_amount
from service.commands.parsing.normalise import Token, Utterance, without_edges, word_set
from service.commands.parsing.numbers import is_number_word
from service.commands.parsing.recipients import explicit_recipient, invoice
from service.core.commands import CommandType, Parsed

__all__ = ["memo_of", "read_send", "read_verbless_send"]

_Args = dict[str, str]

_WRITER = frozenset({"me", "us", "myself", "ourselves"})
_SOMEBODY = frozenset({"you", "him", "her", "them", "it", "someone", "somebody", "anyone", "everyone"})
_POSSESSIVES = frozenset({"my", "the", "our"})
_FILLERS = word_set(
    "a an the some it this that these exactly only just another money cash funds payment amount sum total of out "
    "bitcoin bitcoins btc sats satoshis dollars"
)
_INVOICE_WORDS = frozenset({"invoice", "bill", "lightning"})
_VAGUE_AMOUNTS = frozenset({"all", "everything", "half", "max"})
_NO_NAMES = word_set(
    "to from for and or of in on at with by via as is be do go get if so than then about around like roughly over "
    "under up all list confirm cancel pending status now later today tomorrow more less back again who what half max "
    "everything help balance price history contacts message messages request requests attention love yes "
    "no y n ok okay stop my your his our their"
)
_NO_NAMES_WITHOUT_VERB = word_set(
    "a an this that the spend spare buy see make take lose win come eat play start finish "
    "midnight noon date die none nothing infinity"
)
_MEMO_WORDS = frozenset({"for", "memo", "note"})
_DASHES = frozenset({"-", "–", "—"})  # noqa: RUF001 - dashes as phones make them
_COURTESY = frozenset({"please", "pls", "plz", "thanks", "thx", "ty", "thank", "you"})


def read_send(verb: str, rest: Utterance) -> Parsed | None:
    """The payment that `verb` and the words after it ask for; None when they ask for no payment.

    "send" may stand alone or with half of what it needs. Other verbs mean other things too, so they count only with
    an amount and a recipient, or with a recipient of unmistakable form.
    """
    rest = _without_fillers(rest)
    args = _order(rest)
    if args is None or (verb != "send" and not _is_complete(args, rest)):
        return None
    return Parsed(CommandType.SEND, args)


def read_verbless_send(heard: Utterance) -> Parsed | None:
    """A payment without a verb: an invoice alone, "$10 to @bob", "5 bucks to bob"."""
    args = _invoice_alone(heard) or _amount_to(heard)
    return Parsed(CommandType.SEND, args) if args else None


def memo_of(rest: Utterance) -> str:
    """What is left of the text as a note, without the "for" that leads into it; empty when it is only courtesy."""
    rest = without_edges(rest, _DASHES, ())
    if rest.first in _MEMO_WORDS:
        rest = rest.after(1)
    return rest.rest.lstrip(": ") if without_edges(rest, _COURTESY, ()).tokens else ""


def _order(rest: Utterance) -> _Args | None:
    """The arguments, by what comes first; None when this is no payment."""
    if not rest.tokens:
        return {}
    if rest.first == "to":
        return _finished(_target(rest.after(1), whole_phone=False))
    if starts_amount(rest.tokens):
        return _amount_first(rest)
    if explicit_recipient(rest.tokens):
        return _finished(_target(rest, whole_phone=False))
    if rest.first in _VAGUE_AMOUNTS and "to" in rest.words:
        return _unclear_amount(rest)
    return _name_first(rest)


def _amount_first(rest: Utterance) -> _Args | None:
    """As in "5 to bob", "5 @bob", "5 bob", "5"."""
    length = amount_length(rest.tokens)
    args, tail = {"amount": amount_text(rest.tokens[:length])}, rest.after(length)
    if tail.first == "to":
        return _finished(_target(tail.after(1), whole_phone=True), args)
    if explicit_recipient(tail.tokens):
        return _finished(_target(tail, whole_phone=True), args)
    if tail.first in _MEMO_WORDS:
        return _with_memo(args, tail)
    if tail.first == "from":
        return None
    return _unclear_amount(rest) if "to" in tail.words else _amount_then_name(args, tail)


def _amount_then_name(args: _Args, tail: Utterance) -> _Args:
    if tail.tokens and _is_name(tail.tokens[0]) and _ends(tail.after(1)):
        return _with_memo({**args, "recipient": tail.tokens[0].bare}, tail.after(1))
    return args


def _unclear_amount(rest: Utterance) -> _Args | None:
    """As in "5 and a bit to bob": all that stands before "to" is the amount, as typed."""
    at = rest.words.index("to")
    amount = " ".join(token.bare for token in rest.tokens[:at])
    return _finished(_target(rest.after(at + 1), whole_phone=True), {"amount": amount})


def _name_first(rest: Utterance) -> _Args | None:
    """As in "bob 5", "bob"; not "ah 5 to bob" or "ah 5 @bob", where a recipient follows and the word is none."""
    if not _is_name(rest.tokens[0]):
        return None
    tail = rest.after(1)
    named = {"recipient": rest.tokens[0].bare}
    if not without_edges(tail, _COURTESY, ()).tokens:
        return named
    length = amount_length(tail.tokens)
    behind = tail.after(length)
    if not length or behind.first == "to" or explicit_recipient(behind.tokens):
        return None
    return _finished((named, tail))


def _target(rest: Utterance, *, whole_phone: bool) -> tuple[_Args, Utterance] | None:
    """Who is meant, and the words after; None when it is the writer, who asks for money then."""
    rest = without_edges(rest, _POSSESSIVES, ())
    if rest.first in _WRITER:
        return None
    if recipient := explicit_recipient(rest.tokens, after_to=True, whole=whole_phone):
        return {recipient.name: recipient.value}, rest.after(recipient.length)
    if rest.first in _MEMO_WORDS:
        return {}, rest
    if rest.first in _SOMEBODY or not any(map(str.isalnum, rest.first)):
        return {}, rest.after(1)
    return {"recipient": rest.tokens[0].bare}, rest.after(1)


def _finished(target: tuple[_Args, Utterance] | None, args: _Args | None = None) -> _Args | None:
    """The arguments with the target's, the amount after it unless one came before, and the memo."""
    if target is None:
        return None
    args, tail = {**(args or {}), **target[0]}, target[1]
    if "amount" in args or not starts_amount(tail.tokens):
        return _with_memo(args, tail)
    length = amount_length(tail.tokens)
    amount, tail = amount_text(tail.tokens[:length]), tail.after(length)
    if tail.first == "to" and starts_amount(tail.after(1).tokens):
        return None
    return _with_memo({**args, "amount": amount}, tail)


def _with_memo(args: _Args, tail: Utterance) -> _Args:
    memo = memo_of(tail)
    return {**args, "memo": memo} if memo else args


def _without_fillers(rest: Utterance) -> Utterance:
    for_invoice = any(invoice(token.bare) for token in rest.tokens[:4])
    fillers = _FILLERS | _INVOICE_WORDS if for_invoice else _FILLERS
    while rest.first in fillers and not starts_amount(rest.tokens):
        rest = rest.after(1)
    return rest


def _is_complete(args: _Args, rest: Utterance) -> bool:
    """Whether a payment is meant by a verb such as "give": "give 5 to bob" and "give bob 5", not "give 5 stars"."""
    recipient = args.get("recipient")
    if recipient is None:
        return not args.keys().isdisjoint({"username", "phoneNumber", "paymentRequest"})
    return "@" in recipient or ("amount" in args and ("to" in rest.words or not starts_amount(rest.tokens)))


def _is_name(token: Token) -> bool:
    if token.word in _NO_NAMES or token.word in _WRITER or token.word in _SOMEBODY:
        return False
    return any(map(str.isalpha, token.word)) and not token.word[0].isnumeric()


def _invoice_alone(heard: Utterance) -> _Args | None:
    tokens = without_edges(heard, _COURTESY, _COURTESY).tokens
    payment_request = invoice(tokens[0].bare) if len(tokens) == 1 else None
    return {"paymentRequest": payment_request} if payment_request else None


def _amount_to(heard: Utterance) -> _Args | None:
    length = amount_length(heard.tokens)
    amount, tail = heard.tokens[:length], heard.after(length)
    if not length:
        return None
    follows_to = tail.first == "to"
    target = tail.after(1) if follows_to else tail
    if explicit_recipient(target.tokens, after_to=follows_to):
        is_meant = follows_to or "$" in amount[0].bare
    else:
        is_meant = follows_to and _is_payment(amount) and _is_lone_name(target)
    return _finished(_target(target, whole_phone=True), {"amount": amount_text(amount)}) if is_meant else None


def _is_payment(amount: tuple[Token, ...]) -> bool:
    """Whether a plain word may follow: "five to nine" is a time, "five bucks to bob" is not."""
    spelled = all(is_number_word(token.word) or token.word in {"a", "and"} for token in amount)
    return not spelled and plain_amount(" ".join(token.bare for token in amount)) is not None


def _is_lone_name(target: Utterance) -> bool:
    if not target.tokens or not _is_name(target.tokens[0]):
        return False
    is_word = target.first in _NO_NAMES_WITHOUT_VERB or is_number_word(target.first)
    return not is_word and _ends(target.after(1))


def _ends(rest: Utterance) -> bool:
    """Whether nothing but a memo introduced as such, or courtesy, is left."""
    return rest.first in _MEMO_WORDS or not without_edges(rest, _COURTESY, ()).tokens
