"""Whole sentences that ask for a command without arguments, and questions, which get help.

A sentence is compared without courtesy and without "my", "the", "a", "an"; it must match to its last word.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from service.commands.parsing.aliases import COURTESY_AFTER, COURTESY_BEFORE
from service.commands.parsing.normalise import Utterance, without_edges, word_set
from service.core.commands import CommandType, Parsed

__all__ = ["help_category", "read_phrase", "read_question", "without_view"]

_ARTICLES = frozenset({"my", "the", "a", "an"})

_PHRASES: Mapping[CommandType, str] = MappingProxyType(
    {
        CommandType.HELP: "help me|i need help|need help|what can i say|list commands|show commands|get help|main menu",
        CommandType.BALANCE: (
            "how much do i have|how much do i have left|how much money do i have|how much money do i have left|"
            "how much bitcoin do i have|how much btc do i have|how many sats do i have|how many dollars do i have|"
            "how much have i got|how much money have i got|how much is in wallet|how much is in account|"
            "how much money is in wallet|how much money is in account|how much is left|how much money is left|"
            "what do i have|do i have money|do i have any money|check wallet|check account|check funds|check money|"
            "show wallet|show money|show funds|view wallet|see money"
        ),
        CommandType.REFRESH: (
            "refresh balance|sync balance|update balance|reload balance|refresh wallet|sync wallet|update wallet|"
            "refresh account|sync account"
        ),
        CommandType.LINK: (
            "link account|link me|link flash|link flash account|link wallet|link phone|link to flash|link with flash|"
            "link account to flash|connect account|connect me|connect flash|connect to flash|connect with flash|"
            "connect flash account|connect wallet|connect me to flash|connect account to flash|i want to link|"
            "i want to connect|sign up|sign in|log in|log me in|sign me up|set up account|register me|join flash"
        ),
        CommandType.UNLINK: (
            "unlink account|unlink me|unlink wallet|unlink flash|unlink from flash|unlink phone|delete account|"
            "close account|remove account|cancel account|disconnect account|disconnect me|disconnect flash|"
            "disconnect wallet|disconnect from flash|log out|log me out|sign out|sign me out"
        ),
        CommandType.RECEIVE: (
            "receive money|receive payment|receive payments|receive bitcoin|receive btc|receive sats|receive funds|"
            "request money|request payment|get money|get paid|i want to get paid|i want to receive money|"
            "create invoice|make invoice|generate invoice|new invoice|create lightning invoice|make lightning invoice|"
            "generate lightning invoice|lightning invoice|show qr|show qr code|qr code|get qr|get qr code|"
            "generate qr|generate qr code|create qr|create qr code|make qr|make qr code|show me qr|show me qr code|"
            "give me qr|give me qr code|payment link|create payment link|make payment link|generate payment link|"
            "get payment link|send me payment link"
        ),
        CommandType.HISTORY: (
            "what did i send|what have i sent|what did i receive|what have i received|what did i spend|"
            "who did i pay|who paid me|where did money go|where did all money go"
        ),
        CommandType.USERNAME: (
            "user name|set username|change username|set user name|change user name|create username|"
            "pick username|choose username|update username|who am i|lightning address"
        ),
        CommandType.CONTACTS: "who are contacts|who is in contacts|address book|phone book",
        CommandType.PRICE: (
            "how much is bitcoin|how much is btc|how much is one bitcoin|how much is 1 bitcoin|how much is 1 btc|"
            "how much is one btc|how much does bitcoin cost|what does bitcoin cost|what is bitcoin worth|"
            "what's bitcoin worth|whats bitcoin worth|how much is bitcoin worth|what is bitcoin at|what's bitcoin at"
        ),
    }
)

# What can be looked at: "show my ...", "what is the current ...", or just "my ...".
_NOUNS: Mapping[CommandType, str] = MappingProxyType(
    {
        CommandType.BALANCE: "balance|bal|balances|wallet balance|account balance|bitcoin balance|flash balance",
        CommandType.HISTORY: (
            "history|transactions|transaction|txs|activity|payments|transaction history|payment history|"
            "transactions history|payments history|transaction list|wallet history|account history|account activity"
        ),
        CommandType.STATEMENT: "statement|statements|account statement|monthly statement|payment statement",
        CommandType.CONTACTS: "contacts|contact|contact list|contacts list|phonebook|saved contacts|address book",
        CommandType.USERNAME: "username|user name|handle|lightning address|flash username",
        CommandType.HELP: "commands|menu|options|help",
        CommandType.PRICE: (
            "price|prices|bitcoin price|btc price|price of bitcoin|price of btc|price for bitcoin|bitcoin rate|"
            "btc rate|bitcoin value|btc value|value of bitcoin|rate|rates|exchange rate|exchange rates|"
            "bitcoin exchange rate|btc exchange rate|cost of bitcoin|bitcoin cost|1 btc|1 bitcoin|one bitcoin"
        ),
    }
)

_VIEWS = (
    "show me", "show", "let me see", "let me check", "i want to see", "i want to check", "i want to know",
    "i'd like to see", "i would like to see", "i need to see", "i need to check", "check on", "check", "view", "see",
    "display", "get me", "get", "give me", "give", "send me", "fetch", "list", "look at", "look up", "what is",
    "what's", "whats", "what are", "what was", "what're", "open",
)  # fmt: skip
_ADJECTIVES = word_set("current latest recent last past available total all today's todays")

_QUESTIONS = (
    "how do", "how can", "how to", "how does", "how would", "how should", "how could", "can i", "can you", "can u",
    "can we", "could i", "could you", "could u", "could we", "would you", "will you", "may i", "help me",
    "is it possible", "is there a way", "is there any way", "show me how", "teach me", "tell me how", "explain",
    "where can i", "where do i", "where to", "when", "why", "what can", "what does", "what happens",
)  # fmt: skip

# Tried in this order; the first with a word in the text names the page.
_CATEGORY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("send", word_set("send sending sent pay paying transfer transferring give")),
    ("receive", word_set("receive receiving recieve invoice invoices qr request requesting paid")),
    ("contacts", word_set("contact contacts phonebook")),
    (
        "wallet",
        word_set(
            "wallet balance check money funds link linking connect connecting account unlink verify code otp price "
            "username history transactions transaction refresh bitcoin btc"
        ),
    ),
)


def _sequences(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in phrases)


def _by_text(table: Mapping[CommandType, str]) -> Mapping[str, CommandType]:
    return MappingProxyType({phrase: kind for kind, phrases in table.items() for phrase in phrases.split("|")})


_PHRASE_OF, _NOUN_OF = _by_text(_PHRASES), _by_text(_NOUNS)
_VIEW_SEQUENCES, _QUESTION_SEQUENCES = _sequences(_VIEWS), _sequences(_QUESTIONS)
_LONGEST = max(map(len, _VIEW_SEQUENCES | _QUESTION_SEQUENCES))


def read_phrase(heard: Utterance) -> Parsed | None:
    """The command a whole sentence asks for, None when no such sentence is known."""
    core = without_edges(heard, COURTESY_BEFORE, COURTESY_AFTER)
    kind = _PHRASE_OF.get(_compact(core)) or _NOUN_OF.get(_compact(without_view(core)))
    return None if kind is None else Parsed(kind, {"action": "list"} if kind is CommandType.CONTACTS else {})


def read_question(heard: Utterance) -> Parsed | None:
    """Help on what a question is about: "can you send 5 to bob" asks, it does not order."""
    asked = without_edges(heard, COURTESY_BEFORE, ())
    if not _leading(asked, _QUESTION_SEQUENCES) or asked.words == ("help", "me"):
        return None
    args = {"isQuestion": "true", "originalQuestion": heard.text}
    category = help_category(asked.words)
    return Parsed(CommandType.HELP, {"category": category, **args} if category else args)


def help_category(words: tuple[str, ...]) -> str | None:
    """The help page that is about these words."""
    said = frozenset(words)
    return next((category for category, known in _CATEGORY_WORDS if said & known), None)


def without_view(heard: Utterance) -> Utterance:
    """The utterance without "show me my current" and the like before what is to be seen."""
    view = _leading(heard, _VIEW_SEQUENCES)
    return without_edges(heard.after(view), _ARTICLES | _ADJECTIVES, ())


def _leading(heard: Utterance, sequences: frozenset[tuple[str, ...]]) -> int:
    """How many words the longest of the sequences takes that the utterance starts with."""
    words = heard.words[:_LONGEST]
    return next((length for length in range(len(words), 0, -1) if words[:length] in sequences), 0)


def _compact(heard: Utterance) -> str:
    return " ".join(word for word in heard.words if word not in _ARTICLES)
