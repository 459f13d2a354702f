"""The contact list: "contacts", "contacts add bob +1 876 555 1234", "remove bob from my contacts"."""

from collections.abc import Mapping
from types import MappingProxyType

from service.commands.parsing.aliases import COURTESY_AFTER
from service.commands.parsing.normalise import Token, Utterance, without_edges, word_set
from service.commands.parsing.recipients import phone_digits, phone_length
from service.core.commands import CommandType, Parsed

__all__ = ["read_contacts", "read_contacts_order"]

_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("add", "new", "save", "create"), "add"),
        **dict.fromkeys(("remove", "delete", "del", "rm"), "remove"),
        **dict.fromkeys(("list", "show", "view", "all"), "list"),
    }
)
_ARTICLES = frozenset({"a", "my", "the", "new"})
_LISTS = frozenset({"contact", "contacts"})
_NAME_EDGES = word_set("named called name at is with as number phone - = –")  # noqa: RUF001 - a phone's dash


def read_contacts(rest: Utterance) -> Parsed | None:
    """What the words after "contacts" ask for; None when they ask for nothing known."""
    rest = without_edges(rest, (), COURTESY_AFTER)
    if not rest.tokens:
        return _contacts("list", {})
    action = _ACTIONS.get(rest.first)
    return _with_details(action, rest.after(1).tokens) if action else None


def read_contacts_order(heard: Utterance) -> Parsed | None:
    """The same with the verb first: "add contact bob 8765551234", "add bob 8765551234 to my contacts"."""
    heard = without_edges(heard, (), COURTESY_AFTER)
    action = _ACTIONS.get(heard.first)
    if action is None:
        return None
    rest = without_edges(heard.after(1), _ARTICLES, ())
    if rest.first in _LISTS:
        return _with_details(action, rest.after(1).tokens)
    inner = without_edges(rest, (), _LISTS | _ARTICLES)
    if len(inner.tokens) < len(rest.tokens) and inner.words[-1:] in {("to",), ("from",)}:
        return _with_details(action, inner.tokens[:-1])
    return None


def _with_details(action: str, tokens: tuple[Token, ...]) -> Parsed | None:
    if action == "list":
        return None if tokens else _contacts("list", {})
    return _contacts("remove", {"name": _name(tokens)}) if action == "remove" else _added(tokens)


def _added(tokens: tuple[Token, ...]) -> Parsed | None:
    """A name and a phone number in either order; None when more words are left over."""
    at = next((i for i, token in enumerate(tokens) if _begins_number(token)), len(tokens))
    length = phone_length(tokens[at:], after_to=True, whole=True) or len(tokens) - at
    before, number, behind = tokens[:at], tokens[at : at + length], tokens[at + length :]
    if before and behind:
        return None
    return _contacts("add", {"name": _name(before or behind), "phoneNumber": _number(number)})


def _contacts(action: str, details: dict[str, str]) -> Parsed:
    return Parsed(CommandType.CONTACTS, {"action": action, **{key: value for key, value in details.items() if value}})


def _begins_number(token: Token) -> bool:
    return token.typed.lstrip("+(")[:1].isdigit()


def _name(tokens: tuple[Token, ...]) -> str:
    named = without_edges(Utterance("", tokens), _NAME_EDGES, _NAME_EDGES).tokens
    return " ".join(token.bare.lstrip("@") for token in named)


def _number(tokens: tuple[Token, ...]) -> str:
    """The phone number; as typed when it is too short or malformed, for validation to refuse."""
    if phone_length(tokens, after_to=True, whole=True):
        return phone_digits(tokens)
    return " ".join(token.typed for token in tokens)
