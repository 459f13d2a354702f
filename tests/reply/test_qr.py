import struct

from service.reply.qr import draw_qr

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_qr_code_is_a_square_picture_as_large_as_a_phone_likes() -> None:
    picture = draw_qr("LIGHTNING:LNBC" + "A1" * 150)
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(PNG)
    assert width == height
    assert 300 <= width <= 1_000


def test_upper_case_makes_larger_dots() -> None:
    text = "lightning:lnbc" + "a1" * 150
    assert len(draw_qr(text.upper())) < len(draw_qr(text))
