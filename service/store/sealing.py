"""Encryption at rest: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.core.errors import StoreError
from service.ports import Dice

__all__ = ["KEY_BYTES", "Sealer", "Unsealable"]

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


class Unsealable(StoreError):
    """A value was sealed with another key or for another place, or was damaged."""


class Sealer:
    """Seals values for one place each: a value that is moved to another key of the store does not open there."""

    def __init__(self, key: bytes, dice: Dice) -> None:
        """Raises ValueError for a key that has not KEY_BYTES bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"the encryption key has {len(key)} bytes instead of {KEY_BYTES}")
        self._cipher = AESGCM(key)
        self._dice = dice

    def seal(self, value: bytes, associated: bytes) -> bytes:
        """One byte that names the format, nonce, ciphertext and tag."""
        nonce = self._dice.token(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, value, associated)

    def open(self, sealed: bytes, associated: bytes) -> bytes:
        """What was sealed with the same `associated`. Raises Unsealable."""
        if sealed[:1] != _FORMAT:
            raise Unsealable("the value has an unknown format")
        try:
            return self._cipher.decrypt(sealed[1 : _NONCE_BYTES + 1], sealed[_NONCE_BYTES + 1 :], associated)
        except (InvalidTag, ValueError) as error:
            raise Unsealable("the value was sealed with another key or for another place, or was damaged") from error
