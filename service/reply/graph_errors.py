"""What WhatsApp's error codes mean for a reply: try again, when, or never.

Codes: developers.facebook.com, Cloud API, "Error codes".
"""

from types import MappingProxyType
from typing import Any

import msgspec

from service.core.errors import ChatError, ChatRefused

__all__ = ["error_of"]

_SOON_S, _PAIR_S, _OPERATOR_S = 2.0, 6.0, 60.0
_RETRY_AFTER_S = MappingProxyType(
    {
        **dict.fromkeys((1, 2, 131000, 131016, 133004, 135000), _SOON_S),  # temporary
        **dict.fromkeys((4, 80007, 130429), _SOON_S),  # too many messages of this number
        131056: _PAIR_S,  # too many messages to this user: one in six seconds
        # An operator has to act (token, permission, account, spam limit): replies wait for that, and are not lost.
        **dict.fromkeys((0, 3, 10, 190, 368, 131005, 131031, 131048), _OPERATOR_S),
        **dict.fromkeys(range(200, 300), _OPERATOR_S),
    }
)
_TRY_AGAIN_STATUS = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR = 500


class _Error(msgspec.Struct):
    code: int


class _Failure(msgspec.Struct):
    error: _Error


def error_of(status: int, body: bytes, headers: Any) -> ChatError:
    """ChatError for what can be tried again, ChatRefused for what cannot; texts of the answer are left out."""
    code = _code_of(body)
    what = f"WhatsApp answered {status}" + (f", code {code}" if code is not None else "")
    is_temporary = status >= _FIRST_SERVER_ERROR or status in _TRY_AGAIN_STATUS
    if code in _RETRY_AFTER_S or is_temporary:
        return ChatError(what, _retry_after_s(headers) or _RETRY_AFTER_S.get(code or -1))
    return ChatRefused(what)


def _code_of(body: bytes) -> int | None:
    try:
        return msgspec.json.decode(body, type=_Failure).error.code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _retry_after_s(headers: Any) -> float | None:
    typed = str(headers.get("retry-after", ""))
    return float(typed) if typed.isascii() and typed.isdigit() else None
