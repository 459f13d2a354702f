import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edge.signature import is_signed
from tests.edge.kit import SECRET, Site, envelope, sign, text

BODY = envelope({"messages": [text()]})
GOOD = sign(BODY)
FORGED = {
    "of another secret": sign(BODY, "another"),
    "of another body": sign(BODY + b" "),
    "empty": b"",
    "only the prefix": b"sha256=",
    "without the prefix": GOOD.removeprefix(b"sha256="),
    "another prefix": GOOD.replace(b"sha256", b"sha1"),
    "upper case": b"sha256=" + GOOD.removeprefix(b"sha256=").upper(),
    "truncated": GOOD[:-1],
    "too long": GOOD + b"0",
    "padded": GOOD + b" ",
    "not ascii": b"sha256=" + "é".encode() * 32,
    "not even text": b"sha256=\xff\xfe\x00",
}


def test_a_correctly_signed_body_is_accepted() -> None:
    site = Site()
    assert (site.post(BODY, GOOD).status, site.inbox.calls) == (200, 1)


@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED)
def test_a_wrong_signature_is_401_and_reaches_nobody(signature: bytes) -> None:
    site = Site()
    assert (site.post(BODY, signature).status, site.inbox.calls, site.handed) == (401, 0, [])


def test_a_missing_signature_is_401_and_reaches_nobody() -> None:
    site = Site()
    assert (site.post_raw([BODY], []).status, site.inbox.calls) == (401, 0)


def test_an_unsigned_body_is_not_parsed() -> None:
    """Garbage without a signature is 401, with one it is 400: the signature is looked at first."""
    garbage = b"[" * 100_000
    assert [Site().post(garbage, b"sha256=00").status, Site().post(garbage).status] == [401, 400]


def test_only_the_first_signature_header_counts() -> None:
    wrong, right = (b"x-hub-signature-256", b"sha256=00"), (b"x-hub-signature-256", GOOD)
    assert [Site().post_raw([BODY], [wrong, right]).status, Site().post_raw([BODY], [right, wrong]).status] == [
        401,
        200,
    ]


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_no_header_is_an_error_or_a_guess(body: bytes, header: bytes) -> None:
    assert not is_signed(body, b"sha256=" + header, SECRET.encode())


@given(st.binary(max_size=200), st.integers(0, 7 + 64 - 1), st.integers(1, 255))
def test_one_changed_byte_breaks_the_signature(body: bytes, place: int, change: int) -> None:
    header = bytearray(sign(body))
    assert is_signed(body, bytes(header), SECRET.encode())
    header[place] ^= change
    assert not is_signed(body, bytes(header), SECRET.encode())
