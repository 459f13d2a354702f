"""A picture that costs nothing to draw: what a virtual run uploads in the place of a QR code.

Virtual time charges the drawing by its table of costs, so the bench has no use for the dots themselves.
"""

import struct
import zlib

from service.core.bolt11 import Bolt11Error, decode

__all__ = ["draw_stand_in", "speak_stand_in"]

_HEADER = struct.pack(">IIBBBBB", 1, 1, 1, 0, 0, 0, 0)  # one dot of one bit, in grey
_DOT = zlib.compress(b"\0\0")


def draw_stand_in(text: str) -> bytes:
    """A PNG of one dot, which carries the payment hash of the invoice in `text`, or the text if it is none.

    The invoice's text depends on the second it was made in, its hash does not: two arms that draw the same invoice at
    different times upload the same bytes, and the simulated WhatsApp takes equally long for them.
    """
    name = b"Comment\0" + _name(text).encode()
    parts = ((b"IHDR", _HEADER), (b"tEXt", name), (b"IDAT", _DOT), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def speak_stand_in(text: str) -> bytes:
    """What a virtual run uploads in the place of a spoken text: its words."""
    return text.encode()


def _name(text: str) -> str:
    try:
        return decode(text).payment_hash
    except Bolt11Error:
        return text


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
