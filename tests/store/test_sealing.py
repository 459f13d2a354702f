"""Encryption at rest."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from service.store.sealing import KEY_BYTES, Sealer, Unsealable
from tests.store.kit import FakeDice

KEY = bytes(range(32))


def make(key: bytes = KEY, seed: int = 1) -> Sealer:
    return Sealer(key, FakeDice(seed))


@given(value=st.binary(), place=st.binary())
def test_what_was_sealed_opens(value: bytes, place: bytes) -> None:
    assert make(seed=1).open(make(seed=2).seal(value, place), place) == value


def test_the_layout_is_format_nonce_and_aes_gcm() -> None:
    sealed = make().seal(b"value", b"place")
    nonce = FakeDice(1).token(12)
    assert sealed == b"\x01" + nonce + AESGCM(KEY).encrypt(nonce, b"value", b"place")


def test_the_same_value_is_sealed_differently_each_time() -> None:
    sealer = make()
    assert sealer.seal(b"value", b"place") != sealer.seal(b"value", b"place")


@pytest.mark.parametrize("position", [0, 1, 12, 13, 17, -1])
def test_a_damaged_value_does_not_open(position: int) -> None:
    sealed = bytearray(make().seal(b"value", b"place"))
    sealed[position] ^= 1
    with pytest.raises(Unsealable):
        make().open(bytes(sealed), b"place")


@given(value=st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(value: bytes) -> None:
    for candidate in (value, b"\x01" + value):
        with pytest.raises(Unsealable):
            make().open(candidate, b"place")


def test_another_key_or_another_place_does_not_open() -> None:
    sealed = make().seal(b"value", b"place")
    with pytest.raises(Unsealable):
        make(b"x" * KEY_BYTES).open(sealed, b"place")
    with pytest.raises(Unsealable):
        make().open(sealed, b"elsewhere")


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"{length} bytes"):
        make(b"k" * length)
