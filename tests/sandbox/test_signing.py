import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox.signing import Signer

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# The key with which the examples of BOLT #11 are signed, and its node id.
EXAMPLE_KEY = bytes.fromhex("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734")
EXAMPLE_NODE = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad"
secrets = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))


def test_the_examples_of_the_standard_are_signed_alike() -> None:
    digest = bytes.fromhex("c3d4e83f646fa79a393d75277b1d858db1d1f7ab7137dcb7835db2ecd518e1c9")
    signature = Signer(EXAMPLE_KEY).sign(digest)
    assert signature.to_bytes().hex() == (
        "38ec6891345e204145be8a3a99de38e98a39d6a569434e1845c8af7205afcfcc"
        "7f425fcd1463e93c32881ead0d6e356d467ec8c02553f9aab15e5738b11f127f00"
    )


def test_a_recovery_id_of_one_is_found_too() -> None:
    digest = bytes.fromhex("3cd6ef07744040556e01be64f68fd9e1565fb47d78c42308b1ee005aca5a0d86")
    assert Signer(EXAMPLE_KEY).sign(digest).recovery_id == 1


def test_the_public_key_is_that_of_the_standard() -> None:
    assert Signer(EXAMPLE_KEY).public_key().hex() == EXAMPLE_NODE


@settings(deadline=None, max_examples=30)
@given(secrets, st.binary(max_size=40))
def test_another_library_accepts_every_signature(secret: bytes, message: bytes) -> None:
    signer, digest = Signer(secret), hashlib.sha256(message).digest()
    signature = signer.sign(digest)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), signer.public_key())
    key.verify(encode_dss_signature(signature.r, signature.s), digest, ec.ECDSA(Prehashed(SHA256())))


@settings(deadline=None, max_examples=30)
@given(secrets, st.binary(max_size=40))
def test_signatures_are_low_and_repeatable(secret: bytes, message: bytes) -> None:
    digest = hashlib.sha256(message).digest()
    signature = Signer(secret).sign(digest)
    assert signature.s <= ORDER // 2
    assert signature == Signer(secret).sign(digest)


@pytest.mark.parametrize("secret", [b"", bytes(32), b"\xff" * 32, b"\x01" * 31])
def test_what_is_no_key_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Signer(secret)
