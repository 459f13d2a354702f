"""Stored values back into facts, when they may be damaged or of another version."""

from typing import TypeVar

import msgspec

from service.ports import Meter

__all__ = ["readable"]

T = TypeVar("T")


def readable(decoder: msgspec.json.Decoder[T], value: bytes, meter: Meter, place: str) -> T | None:
    """The fact, or None for a value that cannot be read: counted as `store_unreadable`, and never deleted."""
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a ValidationError is a DecodeError
        meter.count("store_unreadable", place)
        return None
