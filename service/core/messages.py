"""Messages in and out, independent of WhatsApp's wire format."""

from typing import Literal

import msgspec

from service.core.reprs import shown

__all__ = [
    "Accepted",
    "Button",
    "Buttons",
    "Document",
    "Entry",
    "Incoming",
    "Menu",
    "MenuRow",
    "OutboxItem",
    "Outgoing",
    "Picture",
    "Text",
    "Voice",
]


class Incoming(msgspec.Struct, frozen=True):
    """One message from a user, as the edge accepted it.

    `sender` is WhatsApp's identity of the user (bare digits, or a business-scoped id), `alias` a second one of the
    same user; `phone` is E.164, None when the user hides it. `sent_at_s` is WhatsApp's own time of the message,
    `received_at_s` ours.
    """

    id: str
    sender: str
    phone: str | None
    kind: Literal["text", "button", "unsupported"]
    text: str
    sent_at_s: int
    received_at_s: float
    button_id: str | None = None
    name: str | None = None
    alias: str | None = None

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "id", "kind")


class Text(msgspec.Struct, frozen=True, tag=True):
    """A plain message, at most 4096 characters."""

    body: str


class Button(msgspec.Struct, frozen=True):
    """A reply button: `id` comes back when it is tapped."""

    id: str
    title: str


class Buttons(msgspec.Struct, frozen=True, tag=True):
    """A message with one to three reply buttons."""

    body: str
    buttons: tuple[Button, ...]


class MenuRow(msgspec.Struct, frozen=True):
    """A row of a menu: `id` comes back when it is chosen."""

    id: str
    title: str
    description: str = ""


class Menu(msgspec.Struct, frozen=True, tag=True):
    """A message with a list of up to ten rows behind a button."""

    body: str
    button: str
    rows: tuple[MenuRow, ...]


class Picture(msgspec.Struct, frozen=True, tag=True):
    """An image of the QR code of `qr_text`; drawn when it is sent, so that a queue holds a line, not a picture."""

    qr_text: str
    caption: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self)


class Voice(msgspec.Struct, frozen=True, tag=True):
    """The words of a reply, to be heard; spoken when it is sent, like a picture. It stands beside the text."""

    words: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self)


class Document(msgspec.Struct, frozen=True, tag=True):
    """A file with an account's movements from `begin_s` until before `end_s` (Unix time).

    Made when it is sent: a queue holds this line, neither the file nor the token that reads the account.
    """

    kind: Literal["csv", "pdf"]
    user: str
    account_id: str
    wallet_id: str
    begin_s: int
    end_s: int
    period: str
    filename: str
    caption: str

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "kind", "account_id", "begin_s", "end_s")


Outgoing = Text | Buttons | Menu | Picture | Voice | Document


class Accepted(msgspec.Struct, frozen=True):
    """What became of an incoming message: `entry` is None when another delivery of it was accepted before."""

    message: Incoming
    user: str
    entry: str | None


class Entry(msgspec.Struct, frozen=True):
    """An accepted message that has not been answered yet."""

    id: str
    user: str
    message: Incoming


class OutboxItem(msgspec.Struct, frozen=True):
    """A reply on its way: kept until WhatsApp took it."""

    id: str
    to: str
    message: Outgoing
    about: str
    attempts: int = 0

    def __repr__(self) -> str:
        """Without what is personal."""
        return shown(self, "id", "about", "attempts")
