"""What a simulated service answers, before it is known over which wire."""

from typing import Any

import msgspec

__all__ = ["Reply", "json_reply"]

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer that goes out after `delay_s`; `is_broken` when the connection breaks instead."""

    status: int
    body: bytes
    delay_s: float = 0.0
    content_type: str = "application/json"
    is_broken: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": self.content_type}


def json_reply(value: Any, status: int = 200, delay_s: float = 0.0) -> Reply:
    """The value as JSON; decimals become numbers."""
    return Reply(status, _ENCODER.encode(value), delay_s)
