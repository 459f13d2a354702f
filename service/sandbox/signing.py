"""ECDSA over secp256k1 with deterministic nonces (RFC 6979) and recovery ids: what a BOLT11 signature needs.

Written out because no dependency gives the recovery id, and one fixed key makes a table of multiples of G worth its
memory. It signs play money only: nothing here runs in constant time.
"""

import hashlib
import hmac
from functools import cache

import msgspec

__all__ = ["Signature", "Signer"]

_P = 2**256 - 2**32 - 977
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
_WINDOW_BITS = 4
_WINDOWS = 256 // _WINDOW_BITS

_Point = tuple[int, int]


class Signature(msgspec.Struct, frozen=True):
    """`r` and the low `s`; `recovery_id` says which of the candidate keys signed."""

    r: int
    s: int
    recovery_id: int

    def to_bytes(self) -> bytes:
        """65 bytes: r, s and the recovery id."""
        return self.r.to_bytes(32, "big") + self.s.to_bytes(32, "big") + bytes([self.recovery_id])


class Signer:
    """Signs with one secret key. Raises ValueError when `secret` is not a key of the curve."""

    def __init__(self, secret: bytes) -> None:
        self._secret = int.from_bytes(secret, "big")
        if len(secret) != 32 or not 0 < self._secret < _N:  # noqa: PLR2004 - a key is 32 bytes
            raise ValueError("a secret key is 32 bytes and less than the order of the curve")

    def public_key(self) -> bytes:
        """The compressed public key, 33 bytes."""
        x, y = _times_g(self._secret)
        return bytes([2 + (y & 1)]) + x.to_bytes(32, "big")

    def sign(self, digest: bytes) -> Signature:
        """The one signature of this key on a SHA-256 digest."""
        z = int.from_bytes(digest, "big") % _N
        k = _nonce(self._secret, z)
        x, y = _times_g(k)
        r = x % _N
        s = pow(k, -1, _N) * (z + r * self._secret) % _N
        recovery_id = (y & 1) | (2 if x >= _N else 0)
        if s > _N // 2:
            s, recovery_id = _N - s, recovery_id ^ 1
        return Signature(r, s, recovery_id)


def _nonce(secret: int, z: int) -> int:
    """RFC 6979, section 3.2, with SHA-256; the chance of needing a second candidate is 2**-128."""
    seed = secret.to_bytes(32, "big") + z.to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    for separator in (b"\x00", b"\x01"):
        key = _mac(key, value + separator + seed)
        value = _mac(key, value)
    while True:
        value = _mac(key, value)
        k = int.from_bytes(value, "big")
        if 0 < k < _N:
            return k
        key = _mac(key, value + b"\x00")
        value = _mac(key, value)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


@cache
def _multiples() -> tuple[tuple[_Point, ...], ...]:
    """Per window of four bits the points 1..15 times G, times the window's weight: 960 points, made once."""
    table = []
    base = _G
    for _ in range(_WINDOWS):
        row = [base]
        for _ in range(2**_WINDOW_BITS - 1):
            row.append(_add(row[-1], base))
        table.append(tuple(row[:-1]))
        base = row[-1]
    return tuple(table)


def _add(a: _Point, b: _Point) -> _Point:
    """Affine sum of two points that are not each other's negative."""
    (ax, ay), (bx, by) = a, b
    rise, run = (3 * ax * ax, 2 * ay) if a == b else (by - ay, bx - ax)
    slope = rise * pow(run, -1, _P) % _P
    x = (slope * slope - ax - bx) % _P
    return x, (slope * (ax - x) - ay) % _P


def _times_g(k: int) -> _Point:
    """The point k times G, for 0 < k < N: one mixed addition per non-zero window, and a single inversion at the end.

    Jacobian coordinates (X, Y, Z) stand for (X/Z**2, Y/Z**3). The sum so far is a smaller multiple of G than the point
    added to it, and together they are at most k < N: the two are never equal and never opposite.
    """
    x = y = z = 0
    for row in _multiples():
        digit = k & 15
        k >>= _WINDOW_BITS
        if not digit:
            continue
        px, py = row[digit - 1]
        if not z:
            x, y, z = px, py, 1
            continue
        zz = z * z % _P
        h = (px * zz - x) % _P
        hh = h * h % _P
        hhh = h * hh % _P
        v = x * hh % _P
        r = (py * zz * z - y) % _P
        x = (r * r - hhh - 2 * v) % _P
        y = (r * (v - x) - y * hhh) % _P
        z = z * h % _P
    inverse = pow(z, -1, _P)
    square = inverse * inverse % _P
    return x * square % _P, y * square * inverse % _P
