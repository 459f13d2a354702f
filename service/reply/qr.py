from io import BytesIO

__all__ = ["draw_qr"]

_SCALE = 8  # pixels a dot: an invoice's code is about 600 pixels wide, which fills a phone's screen
_BORDER = 4  # dots of quiet zone, as ISO/IEC 18004 asks for


def draw_qr(text: str) -> bytes:
    """A PNG of the QR code of `text`. Takes some 15 ms of CPU for an invoice: the caller charges its clock for it."""
    import segno  # noqa: PLC0415 - only invoices need it

    picture = BytesIO()
    segno.make_qr(text, error="l", boost_error=False).save(picture, kind="png", scale=_SCALE, border=_BORDER)
    return picture.getvalue()
