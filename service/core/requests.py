"""A command to carry out, with all that is known about who asks."""

import msgspec

from service.core.commands import Parsed
from service.core.messages import Incoming
from service.core.sessions import Conversation, Session

__all__ = ["Request"]


class Request(msgspec.Struct, frozen=True):
    """One command to carry out, with all that is known about who asks.

    `phone_region` is the country of phone numbers that are typed without a country code (ISO 3166, two letters).
    """

    message: Incoming
    user: str
    command: Parsed
    conversation: Conversation
    now_s: float
    phone_region: str = "JM"

    @property
    def session(self) -> Session:
        """The session of a command that is for linked users only; validation saw to that."""
        if self.conversation.session is None:
            raise LookupError("this command runs for linked users only")
        return self.conversation.session
