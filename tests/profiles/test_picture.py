"""The stand-in for a drawn QR code."""

import zlib

from profiles.picture import draw_stand_in
from service.sandbox.invoices import encode_invoice, sandbox_signer


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG by kind, each checksum verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        body = png[at + 4 : at + 8 + size]
        assert int.from_bytes(png[at + 8 + size : at + 12 + size]) == zlib.crc32(body)
        found[body[:4]] = body[4:]
        at += 12 + size
    return found


def test_it_is_a_picture_of_one_dot_that_carries_the_text() -> None:
    found = chunks(draw_stand_in("hello"))
    assert list(found) == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    assert found[b"IHDR"][:8] == bytes([0, 0, 0, 1, 0, 0, 0, 1])
    assert len(zlib.decompress(found[b"IDAT"])) == 2
    assert found[b"tEXt"] == b"Comment\0hello"


def test_an_invoice_has_the_same_picture_whenever_it_was_made() -> None:
    def picture(payment_hash: bytes, timestamp: int) -> bytes:
        return draw_stand_in(
            encode_invoice(
                sandbox_signer(),
                payment_hash=payment_hash,
                payment_secret=b"s" * 32,
                amount_msat=None,
                description="",
                timestamp=timestamp,
                expiry_s=60,
            )
        )

    assert picture(b"a" * 32, 1_800_000_000) == picture(b"a" * 32, 1_800_000_009) != picture(b"b" * 32, 1_800_000_000)
