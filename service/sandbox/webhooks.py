"""Webhook bodies as WhatsApp posts them, and their signature."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

__all__ = [
    "SIGNATURE_HEADER",
    "UserMessage",
    "button_message",
    "list_message",
    "media_message",
    "sign",
    "status_update",
    "text_message",
    "unsupported_message",
    "webhook_body",
]

SIGNATURE_HEADER = "x-hub-signature-256"

_ENCODER = msgspec.json.Encoder()
_BUSINESS_ACCOUNT = "100000000000001"
_BUSINESS_PHONE = "18765550100"


class UserMessage(msgspec.Struct, frozen=True):
    """A message on its way to the bot: `fields` is WhatsApp's message object, `name` the sender's profile name."""

    sender: str
    fields: dict[str, Any]
    name: str = ""

    @property
    def id(self) -> str:
        return str(self.fields["id"])


def text_message(sender: str, body: str, *, message_id: str, sent_at_s: float, name: str = "") -> UserMessage:
    """A plain text. `sender` is a wa id: digits."""
    return _message("text", {"body": body}, sender=sender, message_id=message_id, sent_at_s=sent_at_s, name=name)


def button_message(
    sender: str, button_id: str, title: str, *, message_id: str, sent_at_s: float, name: str = ""
) -> UserMessage:
    """A tap on a reply button."""
    reply = {"type": "button_reply", "button_reply": {"id": button_id, "title": title}}
    return _message("interactive", reply, sender=sender, message_id=message_id, sent_at_s=sent_at_s, name=name)


def list_message(
    sender: str, row_id: str, title: str, *, message_id: str, sent_at_s: float, name: str = ""
) -> UserMessage:
    """A choice from a list."""
    reply = {"type": "list_reply", "list_reply": {"id": row_id, "title": title}}
    return _message("interactive", reply, sender=sender, message_id=message_id, sent_at_s=sent_at_s, name=name)


def media_message(
    sender: str, kind: str, mime_type: str, *, message_id: str, sent_at_s: float, name: str = ""
) -> UserMessage:
    """An image, audio, video, document or sticker."""
    digest = hashlib.sha256(message_id.encode())
    media = {"id": str(int(digest.hexdigest()[:12], 16)), "mime_type": mime_type, "sha256": digest.hexdigest()}
    return _message(kind, media, sender=sender, message_id=message_id, sent_at_s=sent_at_s, name=name)


def unsupported_message(sender: str, *, message_id: str, sent_at_s: float, name: str = "") -> UserMessage:
    """What WhatsApp itself could not pass on (polls, view-once media ...)."""
    message = _message("unsupported", None, sender=sender, message_id=message_id, sent_at_s=sent_at_s, name=name)
    message.fields["errors"] = [{"code": 131051, "title": "Message type unknown"}]
    return message


def status_update(message_id: str, status: str, recipient: str, *, at_s: float) -> dict[str, Any]:
    """A status of a message that the bot sent: sent, delivered, read, played or failed."""
    update: dict[str, Any] = {
        "id": message_id,
        "status": status,
        "timestamp": str(int(at_s)),
        "recipient_id": recipient,
    }
    if status == "failed":
        update["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    return update


def webhook_body(
    messages: Sequence[UserMessage], *, phone_number_id: str, statuses: Sequence[dict[str, Any]] = ()
) -> bytes:
    """One POST with all of these; a message that is listed twice is in it twice."""
    metadata = {"display_phone_number": _BUSINESS_PHONE, "phone_number_id": phone_number_id}
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata}
    if messages:
        value["contacts"] = [{"profile": {"name": m.name}, "wa_id": m.sender} for m in messages]
        value["messages"] = [m.fields for m in messages]
    if statuses:
        value["statuses"] = list(statuses)
    entry = {"id": _BUSINESS_ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    return _ENCODER.encode({"object": "whatsapp_business_account", "entry": [entry]})


def sign(body: bytes, secret: str) -> str:
    """The value of the header X-Hub-Signature-256 over the raw body."""
    return f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"


def _message(
    kind: str, content: dict[str, Any] | None, *, sender: str, message_id: str, sent_at_s: float, name: str
) -> UserMessage:
    fields: dict[str, Any] = {"from": sender, "id": message_id, "timestamp": str(int(sent_at_s)), "type": kind}
    if content is not None:
        fields[kind] = content
    return UserMessage(sender, fields, name)
