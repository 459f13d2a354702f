"""The proof that a webhook comes from WhatsApp: HMAC-SHA256 of the raw body under the app secret."""

import hmac

__all__ = ["is_signed"]

_PREFIX = b"sha256="


def is_signed(body: bytes, header: bytes | None, secret: bytes) -> bool:
    """Whether the X-Hub-Signature-256 header fits the raw body.

    Compared as bytes: comparing text raises on a forged header that is not ASCII.
    """
    if header is None or not header.startswith(_PREFIX):
        return False
    expected = hmac.digest(secret, body, "sha256").hex().encode()
    return hmac.compare_digest(expected, header[len(_PREFIX) :])
