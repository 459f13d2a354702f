"""WhatsApp's webhook envelope to messages: every message of every entry, one bad message never hiding another."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard, TypeVar

import msgspec

from service.core.messages import Incoming
from service.edge import wire

__all__ = ["Batch", "read_envelope"]

_T = TypeVar("_T")

_MAX_TEXT = 4_096
_MAX_ID = 256
_MAX_TIMESTAMP_DIGITS = 11


class Batch(msgspec.Struct, frozen=True):
    """What one webhook carried for our phone number.

    `skipped` counts messages, and whole changes, that could not be read at all; `foreign` messages to another number.
    """

    messages: tuple[Incoming, ...]
    statuses: tuple[str, ...]
    skipped: int
    foreign: int


def read_envelope(body: bytes, received_at_s: float, phone_number_id: str) -> Batch:
    """The messages and statuses of a webhook's body which are of the phone number with this id.

    An app gets the changes of all its numbers, and a message to another one must not be answered from ours. A change
    that does not say whose it is counts as ours.

    Raises wire.MalformedEnvelopeError when the body is no envelope at all. Types that are not known become messages of
    kind "unsupported", and so do known types of another shape; messages without an id or a sender are counted in
    `skipped`.
    """
    values = list(_values(wire.decode(body)))
    readable = _present(values)
    ours = [value for value in readable if _is_ours(value, phone_number_id)]
    found = [message for value in ours for message in _messages(value, received_at_s)]
    messages = _present(found)
    statuses = [status for value in ours for status in _items(wire.STATUS, value.statuses)]
    skipped = len(values) - len(readable) + len(found) - len(messages)
    foreign = sum(len(value.messages) for value in readable) - len(found)
    return Batch(tuple(messages), tuple(status.status for status in statuses), skipped, foreign)


def _values(envelope: wire.Envelope) -> Iterator[wire.Value | None]:
    for entry in envelope.entry:
        for raw in entry.changes:
            change = wire.read(wire.CHANGE, raw)
            yield None if change is None else change.value


def _is_ours(value: wire.Value, phone_number_id: str) -> bool:
    metadata = wire.read(wire.METADATA, value.metadata)
    return metadata is None or metadata.phone_number_id in {None, phone_number_id}


def _messages(value: wire.Value, received_at_s: float) -> Iterator[Incoming | None]:
    contacts = _items(wire.CONTACT, value.contacts)
    for raw in value.messages:
        message = wire.read(wire.MESSAGE, raw)
        yield None if message is None else _incoming(message, _contact_of(message, contacts), received_at_s)


def _incoming(message: wire.Message, contact: wire.Contact, received_at_s: float) -> Incoming | None:
    sender = message.from_ or message.from_user_id
    if not _is_id(message.id) or not _is_id(sender):
        return None
    kind, text, button_id = _content(message)
    return Incoming(
        id=message.id,
        sender=sender,
        phone=f"+{sender}" if message.from_ and _is_digits(sender) else None,
        kind=kind,
        text=text[:_MAX_TEXT],
        sent_at_s=_seconds(bytes(message.timestamp), received_at_s),
        received_at_s=received_at_s,
        button_id=button_id,
        name=contact.profile.name and contact.profile.name[:_MAX_ID],
        alias=_alias(message, contact, sender),
    )


def _alias(message: wire.Message, contact: wire.Contact, sender: str) -> str | None:
    alias = message.from_user_id or contact.user_id
    return alias if _is_id(alias) and alias != sender else None


def _contact_of(message: wire.Message, contacts: list[wire.Contact]) -> wire.Contact:
    for contact in contacts:
        if message.from_ and contact.wa_id == message.from_:
            return contact
        if message.from_user_id and contact.user_id == message.from_user_id:
            return contact
    return wire.Contact()


def _content(message: wire.Message) -> tuple[Any, str, str | None]:
    """Kind, text and button id."""
    kind = wire.read(wire.STRING, message.type) or ""
    if kind == "text" and (text := wire.read(wire.TEXT, message.text)) is not None:
        return "text", text.body, None
    if (tapped := _tapped(kind, message)) is not None:
        button_id, title = tapped
        return "button", title, button_id[:_MAX_ID]
    return "unsupported", kind, None


def _tapped(kind: str, message: wire.Message) -> tuple[str, str] | None:
    """The id and the title of the button or row that was tapped."""
    if kind == "interactive" and (tap := wire.read(wire.INTERACTIVE, message.interactive)) is not None:
        reply = tap.button_reply or tap.list_reply
        return None if reply is None else (reply.id, reply.title)
    if kind == "button" and (button := wire.read(wire.BUTTON, message.button)) is not None:
        return button.payload, button.text
    return None


def _items(decoder: msgspec.json.Decoder[_T], raws: list[msgspec.Raw]) -> list[_T]:
    """Those that can be read."""
    return _present(wire.read(decoder, raw) for raw in raws)


def _present(found: Iterable[_T | None]) -> list[_T]:
    return [item for item in found if item is not None]


def _seconds(timestamp: bytes, received_at_s: float) -> int:
    """WhatsApp's time of the message; ours when it is not readable."""
    digits = timestamp.strip(b'"')
    return int(digits) if digits.isdigit() and len(digits) <= _MAX_TIMESTAMP_DIGITS else int(received_at_s)


def _is_id(text: str | None) -> TypeGuard[str]:
    return text is not None and 0 < len(text) <= _MAX_ID


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
