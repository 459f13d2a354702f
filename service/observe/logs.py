"""Structured logs on standard error, one JSON object a line, with secrets and personal data taken out."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from service.core.errors import ConfigError

__all__ = ["configure_logs", "redactor"]

_PATTERNS = (
    re.compile(r"\+\d(?:[ ().-]{0,2}\d){9,14}|\d{10,15}"),  # phone numbers and WhatsApp ids
    re.compile(r"\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}"),  # a phone number as it is written in North America
    re.compile(r"ln(?:bc|tb)[0-9a-z]{20,}", re.IGNORECASE),  # invoices
    re.compile(r"bearer\s+\S+", re.IGNORECASE),
    re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)"),  # user and password in a URL
)
_ENTRY_ID = re.compile(r"\d{13}-\d{1,5}")
_HIDDEN = "[hidden]"


def redactor(secrets: Sequence[str]) -> Any:
    """A structlog processor that hides the given secrets, phone numbers, invoices and bearer tokens in every value."""
    known = sorted({spelling for secret in secrets if secret for spelling in _spellings(secret)}, key=len, reverse=True)

    def clean(key: str, value: Any) -> Any:
        if isinstance(value, (int, float, type(None))):
            return value
        text = value if isinstance(value, str) else repr(value)
        if key == "entry" and _ENTRY_ID.fullmatch(text):
            return text  # an id of the inbox begins with a time that is as long as a phone number
        for secret in known:
            text = text.replace(secret, _HIDDEN)
        for pattern in _PATTERNS:
            text = pattern.sub(_HIDDEN, text)
        return text.encode(errors="replace").decode()

    def process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: clean(key, value) for key, value in event.items()}

    return process


def _spellings(secret: str) -> set[str]:
    """The secret as it looks in text, in a repr, in JSON and in a URL."""
    as_bytes = secret.encode(errors="replace")
    return {secret, repr(secret)[1:-1], repr(as_bytes)[2:-1], json.dumps(secret)[1:-1], quote(as_bytes, safe="")}


def configure_logs(level: str, secrets: Sequence[str] = ()) -> None:
    """Sets up logging for this process, that of libraries too; called once, by the program's entry point.

    What asyncio and uvicorn say of an exception that nobody caught, with its traceback, would otherwise go to standard
    error as it is. Libraries are heard from WARNING on.

    Raises ConfigError for a level that is not there.
    """
    levels = logging.getLevelNamesMapping()
    if level.upper() not in levels:
        raise ConfigError(f"PULSE_LOG_LEVEL={level} is not one of {', '.join(levels).lower()}")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redactor(secrets),
            lambda _logger, _method, event: msgspec.json.encode(event).decode(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(levels[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(max(levels[level.upper()], logging.WARNING)))


class _Libraries(logging.Handler):
    """Hands what libraries log to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line. Their own way to report a bad format would write its arguments to standard error."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # structlog has no levels in between
        structlog.get_logger().log(level, text, library=record.name, exc_info=record.exc_info)
