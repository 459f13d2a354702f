"""WhatsApp's webhook as it is on the wire, read as tolerantly as it can be."""

import json
from typing import TypeVar

import msgspec

__all__ = [
    "BUTTON",
    "CHANGE",
    "CONTACT",
    "INTERACTIVE",
    "MESSAGE",
    "METADATA",
    "STATUS",
    "STRING",
    "TEXT",
    "Contact",
    "Envelope",
    "MalformedEnvelopeError",
    "Message",
    "Metadata",
    "Value",
    "decode",
    "read",
]

_T = TypeVar("_T")

_UNREADABLE = (ValueError, RecursionError)  # msgspec's own errors are ValueErrors


class MalformedEnvelopeError(ValueError):
    """A signed body that is not a webhook envelope."""


class Value(msgspec.Struct):
    """The lists of one change, each item still raw: one bad item must not hide another."""

    metadata: msgspec.Raw = msgspec.Raw()
    messages: list[msgspec.Raw] = []
    statuses: list[msgspec.Raw] = []
    contacts: list[msgspec.Raw] = []


class Metadata(msgspec.Struct):
    """Whose change it is: an app gets those of all its phone numbers."""

    phone_number_id: str | None = None


class _Change(msgspec.Struct):
    """A change of any field; those without messages have none of these lists."""

    value: Value = msgspec.field(default_factory=Value)


class _EntryBody(msgspec.Struct):
    """One entry of a webhook."""

    changes: list[msgspec.Raw] = []


class Envelope(msgspec.Struct):
    """The whole body."""

    entry: list[_EntryBody] = []


class _TextBody(msgspec.Struct):
    """A text message's own part."""

    body: str = ""


class _Reply(msgspec.Struct):
    """The button that was tapped, or the row that was chosen."""

    id: str = ""
    title: str = ""


class _Interactive(msgspec.Struct):
    """A tap's own part."""

    button_reply: _Reply | None = None
    list_reply: _Reply | None = None


class _TemplateButton(msgspec.Struct):
    """A tap's own part, on a button of a template."""

    payload: str = ""
    text: str = ""


class Message(msgspec.Struct):
    """Who writes must be readable; the rest is read one by one, so that a new shape of it costs its meaning only."""

    id: str
    from_: str | None = msgspec.field(name="from", default=None)
    from_user_id: str | None = None
    type: msgspec.Raw = msgspec.Raw()
    timestamp: msgspec.Raw = msgspec.Raw()
    text: msgspec.Raw = msgspec.Raw()
    interactive: msgspec.Raw = msgspec.Raw()
    button: msgspec.Raw = msgspec.Raw()


class _Profile(msgspec.Struct):
    """What a person calls themselves."""

    name: str | None = None


class Contact(msgspec.Struct):
    """Who wrote."""

    wa_id: str | None = None
    user_id: str | None = None
    profile: _Profile = msgspec.field(default_factory=_Profile)


class _Status(msgspec.Struct):
    """What became of a message of ours."""

    status: str


_ENVELOPE = msgspec.json.Decoder(Envelope)
CHANGE = msgspec.json.Decoder(_Change)
METADATA = msgspec.json.Decoder(Metadata)
MESSAGE = msgspec.json.Decoder(Message)
CONTACT = msgspec.json.Decoder(Contact)
STATUS = msgspec.json.Decoder(_Status)
STRING = msgspec.json.Decoder(str)
TEXT = msgspec.json.Decoder(_TextBody)
INTERACTIVE = msgspec.json.Decoder(_Interactive)
BUTTON = msgspec.json.Decoder(_TemplateButton)


def decode(body: bytes) -> Envelope:
    """The envelope. Raises MalformedEnvelopeError."""
    try:
        try:
            return _ENVELOPE.decode(body)
        except _UNREADABLE:
            return _ENVELOPE.decode(_without_lone_surrogates(body))
    except _UNREADABLE as error:
        raise MalformedEnvelopeError("the body is not JSON, or not an envelope") from error


def read(decoder: msgspec.json.Decoder[_T], raw: msgspec.Raw) -> _T | None:
    """One part of the envelope; None when it is absent or of another shape."""
    try:
        return decoder.decode(raw)
    except _UNREADABLE:
        return None


def _without_lone_surrogates(body: bytes) -> bytes:
    """Half a character in one user's text is JSON to WhatsApp but not to msgspec; it becomes a question mark."""
    if b"\\u" not in body:
        raise ValueError("there is none")
    return json.dumps(json.loads(body.decode()), ensure_ascii=False).encode(errors="replace")
