"""The words commands are called by, with the slips of the thumb that people make.

Left out on purpose: words that everyday sentences start with ("sand", "collect", "log", "value", "claim", "remove").
"""

from collections.abc import Mapping
from types import MappingProxyType

from service.commands.parsing.normalise import word_set
from service.core.commands import CommandType

__all__ = [
    "COMMAND_OF",
    "COURTESY_AFTER",
    "COURTESY_BEFORE",
    "FIRST_WORDS",
    "PAYMENT_LEADS",
    "PAYMENT_VERBS",
    "WHOLE_TEXTS",
]


def _inverted(table: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({alias: word for word, aliases in table.items() for alias in aliases.split()})


# Words that do as the first word of a command with arguments.
FIRST_WORDS: Mapping[str, str] = _inverted(
    {
        "send": "send sent snd sen sedn sned sende sendd transfer trasfer tranfer wire zap",
        "pay": "pay",
        "give": "give",
        "owe": "owe",
        "receive": "receive recieve recive recv receve receiv",
        "invoice": "invoice inv qr",
        "balance": "balance bal balnce balanc ballance balence blance balace",
        "history": "history hist histry histroy hisotry txs tx transactions transaction transacitons",
        "statement": "statement statements stmt statment statemnt",
        "price": "price btc bitcoin rate rates prcie pirce prices",
        "contacts": "contacts contact contacs contcts conatcts phonebook addressbook",
        "link": "link connect conect connct conncet lnk",
        "unlink": "unlink unlnk logout signout disconnect",
        "verify": "verify v verfy verifiy vrify otp",
        "refresh": "refresh refesh refrsh reload sync",
        "username": "username usename usrname usernme",
        "help": "help hlp halp hepl hlep",
    }
)

# Words that mean a command only when they are all the text says: with more words they begin other sentences.
WHOLE_TEXTS: Mapping[str, str] = _inverted(
    {
        "balance": "money funds wallet",
        "history": "activity records",
        "link": "setup register join login signup signin",
        "refresh": "update",
        "help": "info commands command menu options h",
        "username": "user name handle alias",
    }
)

COMMAND_OF: Mapping[str, CommandType] = MappingProxyType({str(kind): kind for kind in CommandType})

COURTESY_BEFORE = word_set("please pls plz kindly hey hi hello yo pulse bot just so well oh um uh")
COURTESY_AFTER = word_set("please pls plz thanks thx ty thank you now pulse bot today asap")

PAYMENT_VERBS = frozenset({"send", "pay", "give", "owe"})
PAYMENT_LEADS = tuple(
    tuple(lead.split())
    for lead in (
        "i want to", "i wanna", "i'd like to", "i would like to", "i need to", "i have to", "i must", "i'll", "i will",
        "let me", "let's", "lets", "go ahead and", "ok", "okay", "now",
    )
)  # fmt: skip
