"""Messages as WhatsApp's Cloud API wants them (POST /{phone_number_id}/messages)."""

import re
from typing import Any, assert_never

from service.core.messages import Buttons, Document, Menu, Outgoing, Picture, Text, Voice

__all__ = ["payload"]

_BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[0-9A-Za-z]+")


def payload(to: str, message: Outgoing, about: str, media_id: str | None = None) -> dict[str, Any]:
    """The JSON body; `media_id` is the uploaded file of a Picture, a Voice or a Document, which must not be without.

    WhatsApp repeats `about`, the id of the message that is answered, in every status of this one; what answers none has
    "".
    """
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **({"biz_opaque_callback_data": about} if about else {}),  # WhatsApp refuses an empty one
        **_address(to),
        **_content(message, media_id),
    }


def _address(to: str) -> dict[str, str]:
    """A user who hides their number has an id of letters and digits instead."""
    return {"recipient": to} if _BUSINESS_SCOPED.fullmatch(to) else {"to": to.removeprefix("+")}


def _content(message: Outgoing, media_id: str | None) -> dict[str, Any]:
    match message:
        case Text(body=body):
            return {"type": "text", "text": {"body": body, "preview_url": False}}
        case Buttons():
            return _interactive("button", message.body, _buttons(message))
        case Menu():
            return _interactive("list", message.body, _menu(message))
        case Picture(caption=caption):
            return {"type": "image", "image": {"id": media_id, "caption": caption}}
        case Voice():
            return {"type": "audio", "audio": {"id": media_id}}
        case Document(caption=caption, filename=filename):
            return {"type": "document", "document": {"id": media_id, "caption": caption, "filename": filename}}
        case _:
            assert_never(message)


def _interactive(kind: str, body: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}


def _buttons(message: Buttons) -> dict[str, Any]:
    replies = [{"id": button.id, "title": button.title} for button in message.buttons]
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def _menu(message: Menu) -> dict[str, Any]:
    rows = [{"id": row.id, "title": row.title} | _described(row.description) for row in message.rows]
    return {"button": message.button, "sections": [{"rows": rows}]}


def _described(description: str) -> dict[str, str]:
    return {"description": description} if description else {}
