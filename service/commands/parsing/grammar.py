"""Typed commands: a first word that names the command, then its arguments."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from service.commands.parsing.aliases import (
    COMMAND_OF,
    COURTESY_AFTER,
    COURTESY_BEFORE,
    FIRST_WORDS,
    PAYMENT_LEADS,
    PAYMENT_VERBS,
    WHOLE_TEXTS,
)
from service.commands.parsing.contacts import read_contacts, read_contacts_order
from service.commands.parsing.normalise import Token, Utterance, without_edges, word_set
from service.commands.parsing.phrases import help_category, without_view
from service.commands.parsing.receiving import read_invoice, read_invoice_order, read_receive
from service.commands.parsing.sending import read_send
from service.commands.parsing.statements import read_statement, read_whole_history
from service.core.commands import CommandType, Parsed

__all__ = ["read_code", "read_command", "read_page"]

_OTP = re.compile(r"[0-9]{6}")
_PAGES = frozenset({"1", "2", "3", "more"})
_HELP_PAGE = re.compile(r"[1-9]|more")
_TRANSACTION_ID = re.compile(r"#[0-9a-z_-]+|(?=[a-z_-]*[0-9])[0-9a-z_-]+", re.IGNORECASE)
_CODE_WORDS = frozenset({"code", "otp", "verification"})
_BEFORE_CODE = _CODE_WORDS | {"my", "the", "is", "it's", "its"}
_SETTERS = word_set("set change update create make choose pick")
_BEFORE_NAME = frozenset({"to", "as", "be", "="})
_NO_USERNAMES = word_set("help what is taken available already not please error list show me")


def read_code(heard: Utterance) -> Parsed | None:
    """Six digits alone, or after "my code is"."""
    core = _core(heard)
    said = without_edges(core, _BEFORE_CODE, ())
    alone = len(core.tokens) == 1 or not _CODE_WORDS.isdisjoint(core.words)
    return _verified(said.tokens) if alone and len(said.tokens) == 1 else None


def read_page(heard: Utterance) -> Parsed | None:
    """A page of help by its number, or "more"."""
    words = _core(heard).words
    return Parsed(CommandType.HELP, {"category": words[0]}) if len(words) == 1 and words[0] in _PAGES else None


def read_command(heard: Utterance) -> Parsed | None:
    """The command the first word names, with its arguments; None when the rest does not fit it."""
    heard = without_edges(heard, COURTESY_BEFORE, ())
    core = _core(heard)
    if len(core.tokens) == 1 and (alone := WHOLE_TEXTS.get(core.first)):
        return Parsed(COMMAND_OF[alone])
    heard = _without_payment_lead(heard)
    word = FIRST_WORDS.get(heard.first)
    if word is not None and (parsed := _READERS[word](heard.after(1))):
        return parsed
    return next((parsed for reader in _ORDERS if (parsed := reader(heard))), None)


def _core(heard: Utterance) -> Utterance:
    return without_edges(heard, COURTESY_BEFORE, COURTESY_AFTER)


def _without_payment_lead(heard: Utterance) -> Utterance:
    """The utterance without "i want to" before a verb that pays; "i sent 5 to bob" tells, it does not ask."""
    if heard.starts(("i", "owe")):
        return heard.after(1)
    for lead in PAYMENT_LEADS:
        if heard.starts(lead) and FIRST_WORDS.get(heard.after(len(lead)).first) in PAYMENT_VERBS:
            return heard.after(len(lead))
    return heard


def _verified(tokens: tuple[Token, ...]) -> Parsed | None:
    otp = tokens[0].bare
    return Parsed(CommandType.VERIFY, {"otp": otp}) if _OTP.fullmatch(otp) else None


def _alone(kind: CommandType) -> Callable[[Utterance], Parsed | None]:
    """A reader of a command that takes no arguments."""
    return lambda rest: None if _core(rest).tokens else Parsed(kind)


def _paying(verb: str) -> Callable[[Utterance], Parsed | None]:
    return lambda rest: read_send(verb, rest)


def _help(rest: Utterance) -> Parsed:
    words = _core(rest).words
    page = words[0] if len(words) == 1 and _HELP_PAGE.fullmatch(words[0]) else None
    category = page or help_category(words)
    return Parsed(CommandType.HELP, {"category": category} if category else {})


def _unlink(rest: Utterance) -> Parsed | None:
    words = _core(rest).words
    if words in {("confirm",), ("account", "confirm"), ("my", "account", "confirm")}:
        return Parsed(CommandType.UNLINK, {"confirm": "true"})
    return None if words else Parsed(CommandType.UNLINK)


def _verify(rest: Utterance) -> Parsed | None:
    """A code that is not six digits is left out, so that it is asked for again."""
    said = without_edges(_core(rest), _BEFORE_CODE, ()).tokens
    if len(said) == 1 and (verified := _verified(said)):
        return verified
    return Parsed(CommandType.VERIFY) if all(token.word[0].isdigit() for token in said) else None


def _history(rest: Utterance) -> Parsed | None:
    tokens = _core(rest).tokens
    if len(tokens) == 1 and _TRANSACTION_ID.fullmatch(tokens[0].bare):
        return Parsed(CommandType.HISTORY, {"transactionId": tokens[0].bare.lstrip("#")})
    return read_whole_history(_core(rest)) if tokens else Parsed(CommandType.HISTORY)


def _statement(rest: Utterance) -> Parsed | None:
    return read_statement(_core(rest))


def _shown_history(heard: Utterance) -> Parsed | None:
    """As in "show me transaction #abc"."""
    seen = without_view(heard)
    return _history(seen.after(1)) if FIRST_WORDS.get(seen.first) == "history" else None


def _username(rest: Utterance) -> Parsed | None:
    tokens = _core(rest).tokens
    if not tokens:
        return Parsed(CommandType.USERNAME)
    name = tokens[0].bare.lstrip("@")
    if len(tokens) > 1 or tokens[0].word in _NO_USERNAMES or not name:
        return None
    return Parsed(CommandType.USERNAME, {"username": name})


def _set_username(heard: Utterance) -> Parsed | None:
    """As in "change my username to bob"."""
    if heard.first not in _SETTERS:
        return None
    rest = without_edges(heard.after(1), {"my", "the", "a"}, ())
    if rest.starts(("user", "name")):
        rest = rest.after(1)
    elif FIRST_WORDS.get(rest.first) != "username":
        return None
    return _username(without_edges(rest.after(1), _BEFORE_NAME, ()))


_READERS: Mapping[str, Callable[[Utterance], Parsed | None]] = MappingProxyType(
    {
        "send": _paying("send"),
        "pay": _paying("pay"),
        "give": _paying("give"),
        "owe": _paying("owe"),
        "receive": read_receive,
        "invoice": read_invoice,
        "balance": _alone(CommandType.BALANCE),
        "price": _alone(CommandType.PRICE),
        "refresh": _alone(CommandType.REFRESH),
        "link": _alone(CommandType.LINK),
        "unlink": _unlink,
        "verify": _verify,
        "history": _history,
        "statement": _statement,
        "contacts": read_contacts,
        "username": _username,
        "help": _help,
    }
)
_ORDERS = (read_contacts_order, read_invoice_order, _set_username, _shown_history)
