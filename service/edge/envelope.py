"""WhatsApp's webhook envelope to messages: every message of every entry, one bad message never hiding another."""

from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec

from service.core.messages import Incoming
from service.edge import wire

__all__ = ["Batch", "read_envelope"]

_MAX_TEXT = 4_096
_MAX_ID = 256
_MAX_TIMESTAMP_DIGITS = 11


class Batch(msgspec.Struct, frozen=True):
    """What one webhook carried. `skipped` counts messages, and whole changes, that could not be read at all."""

    messages: tuple[Incoming, ...]
    statuses: tuple[str, ...]
    skipped: int


def read_envelope(body: bytes, received_at_s: float) -> Batch:
    """The messages and statuses of a webhook's body.

    Raises MalformedEnvelopeError when the body is no envelope at all. Types that are not known become messages of
    kind "unsupported", and so do known types of another shape; messages without an id or a sender are counted in
    `skipped`.
    """
    envelope = wire.decode(body)
    messages: list[Incoming] = []
    statuses: list[str] = []
    skipped = 0
    for value in _values(envelope):
        if value is None:
            skipped += 1
            continue
        contacts = [c for c in (wire.read(wire.CONTACT, raw) for raw in value.contacts) if c is not None]
        for raw in value.messages:
            message = _incoming(wire.read(wire.MESSAGE, raw), contacts, received_at_s)
            skipped += message is None
            messages += [message] if message else []
        statuses += [s.status for s in (wire.read(wire.STATUS, raw) for raw in value.statuses) if s is not None]
    return Batch(tuple(messages), tuple(statuses), skipped)


def _values(envelope: wire.Envelope) -> Iterator[wire.Value | None]:
    for entry in envelope.entry:
        for raw in entry.changes:
            change = wire.read(wire.CHANGE, raw)
            yield None if change is None else change.value


def _incoming(message: wire.Message | None, contacts: list[wire.Contact], received_at_s: float) -> Incoming | None:
    if message is None or not _is_id(message.id):
        return None
    sender = message.from_ or message.from_user_id
    if not _is_id(sender):
        return None
    contact = _contact_of(message, contacts)
    alias = message.from_user_id or contact.user_id
    kind, text, button_id = _content(message)
    return Incoming(
        id=message.id,
        sender=sender,
        phone=f"+{message.from_}" if message.from_ and _is_digits(message.from_) else None,
        kind=kind,
        text=text[:_MAX_TEXT],
        sent_at_s=_seconds(bytes(message.timestamp), received_at_s),
        received_at_s=received_at_s,
        button_id=button_id,
        name=contact.profile.name and contact.profile.name[:_MAX_ID],
        alias=alias if _is_id(alias) and alias != sender else None,
    )


def _contact_of(message: wire.Message, contacts: list[wire.Contact]) -> Contact:
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
    if kind == "interactive" and (pressed := wire.read(wire.INTERACTIVE, message.interactive)) is not None:
        reply = pressed.button_reply or pressed.list_reply
        if reply is not None:
            return "button", reply.title, reply.id[:_MAX_ID]
    if kind == "button" and (button := wire.read(wire.BUTTON, message.button)) is not None:
        return "button", button.text, button.payload[:_MAX_ID]
    return "unsupported", kind, None


def _seconds(timestamp: bytes, received_at_s: float) -> int:
    """WhatsApp's time of the message; ours when it is not readable."""
    digits = timestamp.strip(b'"')
    return int(digits) if digits.isdigit() and len(digits) <= _MAX_TIMESTAMP_DIGITS else int(received_at_s)


def _is_id(text: str | None) -> TypeGuard[str]:
    return text is not None and 0 < len(text) <= _MAX_ID


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
