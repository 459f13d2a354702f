"""The shapes and limits of messages that WhatsApp's Cloud API takes."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Any

from service.sandbox.graph_errors import GraphError

__all__ = ["check_message"]

_WA_ID = re.compile(r"\+?[0-9]{7,15}")
_MAX_BUTTONS = 3
_MAX_ROWS = 10
_MAX_CALLBACK_DATA = 512
_WITH_CAPTION = frozenset({"image", "video", "document"})

_Fields = Mapping[str, Any]


def check_message(body: _Fields, media_ids: Container[str]) -> None:
    """Raises GraphError when WhatsApp would not take the message; `media_ids` are the uploads it may refer to."""
    if body.get("recipient_type", "individual") not in ("individual", "group"):
        raise GraphError(131009, "recipient_type is neither individual nor group")
    if not _WA_ID.fullmatch(_text(body, "to", 32)):
        raise GraphError(131009, "to is no phone number")
    if "context" in body:
        _text(_fields(body, "context"), "message_id", 512)
    if "biz_opaque_callback_data" in body:
        _text(body, "biz_opaque_callback_data", _MAX_CALLBACK_DATA)
    _check_content(body, body.get("type", "text"), media_ids)


def _check_content(body: _Fields, kind: Any, media_ids: Container[str]) -> None:
    checks: dict[str, Callable[[_Fields], None]] = {"text": _check_text, "interactive": _check_interactive}
    if kind in ("image", "audio", "video", "document", "sticker"):
        _check_media(_fields(body, kind), kind, media_ids)
    elif kind in ("template", "reaction", "location", "contacts"):
        if not body.get(kind):
            raise GraphError(131008, f"{kind} is missing")
    elif kind in checks:
        checks[kind](_fields(body, kind))
    else:
        raise GraphError(100, f"type {kind!r} is not a message type")


def _check_text(text: _Fields) -> None:
    _text(text, "body", 4096)
    if not isinstance(text.get("preview_url", False), bool):
        raise GraphError(131009, "preview_url is neither true nor false")


def _check_media(media: _Fields, kind: str, media_ids: Container[str]) -> None:
    if ("id" in media) == ("link" in media):
        raise GraphError(131009, f"{kind} takes an id or a link")
    if "id" in media and media["id"] not in media_ids:
        raise GraphError(100, f"{kind} id is not a valid WhatsApp media attachment")
    if "caption" in media:
        if kind not in _WITH_CAPTION:
            raise GraphError(131009, f"{kind} has no caption")
        _text(media, "caption", 1024)


def _check_interactive(interactive: _Fields) -> None:
    kind = interactive.get("type")
    if kind not in ("button", "list"):
        raise GraphError(131009, f"interactive type {kind!r} is not supported")
    _text(_fields(interactive, "body"), "text", 1024 if kind == "button" else 4096)
    if "footer" in interactive:
        _text(_fields(interactive, "footer"), "text", 60)
    header = _fields(interactive, "header") if "header" in interactive else {}
    if header.get("type") == "text":
        _text(header, "text", 60)
    action = _fields(interactive, "action")
    if kind == "button":
        _check_buttons(action)
    else:
        _check_list(action)


def _check_buttons(action: _Fields) -> None:
    buttons = _items(action, "buttons", _MAX_BUTTONS)
    replies = [_fields(button, "reply") for button in buttons if button.get("type") == "reply"]
    if len(replies) != len(buttons):
        raise GraphError(131009, "a button is not of type reply")
    _unique("button ids", [_text(reply, "id", 256) for reply in replies])
    _unique("button titles", [_text(reply, "title", 20) for reply in replies])


def _check_list(action: _Fields) -> None:
    _text(action, "button", 20)
    sections = _items(action, "sections", _MAX_ROWS)
    rows = [row for section in sections for row in _items(section, "rows", _MAX_ROWS)]
    if len(rows) > _MAX_ROWS:
        raise GraphError(131009, f"more than {_MAX_ROWS} rows in all sections")
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _text(section, "title", 24)
    _unique("row ids", [_row_id(row) for row in rows])


def _row_id(row: _Fields) -> str:
    """The id of a row that is as it should be."""
    _text(row, "title", 24)
    if "description" in row:
        _text(row, "description", 72)
    return _text(row, "id", 200)


def _fields(parent: _Fields, name: str) -> _Fields:
    value = parent.get(name)
    if value is None:
        raise GraphError(131008, f"{name} is missing")
    if not isinstance(value, dict):
        raise GraphError(100, f"{name} is not an object")
    return value


def _items(parent: _Fields, name: str, limit: int) -> list[dict[str, Any]]:
    value = parent.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(131008, f"{name} is missing")
    if not 1 <= len(value) <= limit:
        raise GraphError(131009, f"{name} has {len(value)} entries, not 1 to {limit}")
    return value


def _text(parent: _Fields, name: str, limit: int) -> str:
    value = parent.get(name)
    if value is None:
        raise GraphError(131008, f"{name} is missing")
    if not isinstance(value, str):
        raise GraphError(100, f"{name} is not a string")
    if not 1 <= len(value) <= limit:
        raise GraphError(131009, f"{name} has {len(value)} characters, not 1 to {limit}")
    return value


def _unique(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{what} are not unique")
