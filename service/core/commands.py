"""What a user can ask for: the parser's output and the validated commands' vocabulary."""

from enum import StrEnum

import msgspec

from service.core.reprs import shown

__all__ = ["CommandType", "Parsed"]


class CommandType(StrEnum):
    """The commands the bot understands; the value is the name shown by `pulse parse`."""

    HELP = "help"
    LINK = "link"
    VERIFY = "verify"
    UNLINK = "unlink"
    BALANCE = "balance"
    REFRESH = "refresh"
    PRICE = "price"
    USERNAME = "username"
    SEND = "send"
    RECEIVE = "receive"
    HISTORY = "history"
    STATEMENT = "statement"
    CONTACTS = "contacts"
    CONFIRM = "confirm"  # "yes": accepts the open proposal
    CANCEL = "cancel"  # "no": declines it; never pays anything
    UNKNOWN = "unknown"


class Parsed(msgspec.Struct, frozen=True):
    """One message as the bot understands it.

    Every value in `args` is a string, as typed but normalised (amounts without thousands separators,
    usernames without the leading @, phone numbers with the leading + where one was typed).
    """

    type: CommandType
    args: dict[str, str] = {}

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "type")
