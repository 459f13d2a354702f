"""Writes real BOLT11 invoices: any wallet's decoder reads them, and all recover the same payee key."""

import hashlib

from service.core.bolt11 import BECH32_ALPHABET, bech32_checksum
from service.sandbox.signing import Signer

__all__ = ["encode_invoice", "sandbox_signer"]

_FEATURES = 1 << 8 | 1 << 14 | 1 << 17  # variable onion and payment secret required, several parts allowed
_MIN_FINAL_CLTV = 18
_MSAT_PER_UNIT = (("", 10**11), ("m", 10**8), ("u", 10**5), ("n", 100))


def sandbox_signer() -> Signer:
    """The sandbox's only Lightning node. Its key is public: it guards nothing."""
    return Signer(hashlib.sha256(b"pulse sandbox lightning node").digest())


def encode_invoice(
    signer: Signer,
    *,
    payment_hash: bytes,
    payment_secret: bytes,
    amount_msat: int | None,
    description: str,
    timestamp: int,
    expiry_s: int,
    network: str = "bc",
) -> str:
    """The invoice as text, signed. The same arguments give the same text.

    Layout and signature: BOLT #11. `payment_hash` and `payment_secret` are 32 bytes each.
    """
    prefix = f"ln{network}{_amount(amount_msat)}"
    words = _words(timestamp, 7)
    words += _field("p", _octet_words(payment_hash))
    words += _field("s", _octet_words(payment_secret))
    words += _field("d", _octet_words(description.encode()))
    words += _field("x", _words(expiry_s))
    words += _field("c", _words(_MIN_FINAL_CLTV))
    words += _field("9", _words(_FEATURES))
    digest = hashlib.sha256(prefix.encode() + _padded(words)).digest()
    words += _octet_words(signer.sign(digest).to_bytes())
    words += bech32_checksum(prefix, words)
    return f"{prefix}1{''.join([BECH32_ALPHABET[word] for word in words])}"


def _amount(msat: int | None) -> str:
    """The shortest way to write the amount."""
    if msat is None:
        return ""
    for letter, size in _MSAT_PER_UNIT:
        if msat % size == 0:
            return f"{msat // size}{letter}"
    return f"{msat * 10}p"


def _field(tag: str, words: list[int]) -> list[int]:
    return [BECH32_ALPHABET.index(tag), len(words) >> 5, len(words) & 31, *words]


def _words(value: int, count: int | None = None) -> list[int]:
    """The number in words of five bits, big end first: in as few as possible, or in `count`."""
    size = count if count is not None else -(-value.bit_length() // 5)
    return [value >> 5 * (size - 1 - i) & 31 for i in range(size)]


def _octet_words(data: bytes) -> list[int]:
    """The bytes as words of five bits, padded with zero bits at the end."""
    bits = 8 * len(data)
    size = -(-bits // 5)
    return _words(int.from_bytes(data, "big") << (5 * size - bits), size)


def _padded(words: list[int]) -> bytes:
    """The words as bytes, padded with zero bits at the end."""
    value = 0
    for word in words:
        value = value << 5 | word
    bits = 5 * len(words)
    size = -(-bits // 8)
    return (value << (8 * size - bits)).to_bytes(size, "big")
