"""Lightning invoices (BOLT #11): the fields a payer is shown, without the signature.

The checksum is verified, so that a typing error never becomes another payment. The signature and the feature bits
are not: whoever carries the payment out checks them, and recovering a key here would cost a thousand times more.
"""

import re

import msgspec

__all__ = ["BECH32_ALPHABET", "Bolt11Error", "Invoice", "bech32_checksum", "decode"]

BECH32_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

_MAX_CHARS = 4096
_CHECKSUM_WORDS = 6
_TIMESTAMP_WORDS = 7
_SIGNATURE_WORDS = 104
_HASH_WORDS = 52
_MAX_EXPIRY_WORDS = 7  # as many bits as the timestamp itself
_DEFAULT_EXPIRY_S = 3600
_PREFIX = re.compile(r"ln(bcrt|bc|tbs|tb)(?:([1-9][0-9]{0,19})([munp]?))?")
_MSAT_TENTHS = {"": 10**12, "m": 10**9, "u": 10**6, "n": 10**3, "p": 1}
_WORD_OF = {letter: word for word, letter in enumerate(BECH32_ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Bolt11Error(ValueError):
    """The text is no Lightning invoice; the message says why."""


class Invoice(msgspec.Struct, frozen=True):
    """What a payer needs to know.

    `payment_hash` is hex; `amount_msat` is None when the payer chooses; `description` is empty when the invoice
    carries only its hash; `timestamp` and `expires_at` are Unix seconds; `network` is the prefix after "ln": "bc" is
    the Bitcoin main network, "tb", "tbs" and "bcrt" are for tests.
    """

    payment_hash: str
    amount_msat: int | None
    description: str
    timestamp: int
    expires_at: int
    network: str


def decode(text: str) -> Invoice:
    """The invoice in `text`, which may be upper case and may start with "lightning:".

    Raises Bolt11Error.
    """
    prefix, words = _split(text.strip())
    network, amount_msat = _read_prefix(prefix)
    if len(words) < _TIMESTAMP_WORDS + _SIGNATURE_WORDS:
        raise Bolt11Error("too short for a timestamp and a signature")
    timestamp = _number(words[:_TIMESTAMP_WORDS])
    fields = _fields(words[_TIMESTAMP_WORDS:-_SIGNATURE_WORDS])
    if "p" not in fields:
        raise Bolt11Error("no payment hash")
    return Invoice(
        payment_hash=_octets(fields["p"]).hex(),
        amount_msat=amount_msat,
        description=_text(fields.get("d", [])),
        timestamp=timestamp,
        expires_at=timestamp + _expiry_s(fields.get("x")),
        network=network,
    )


def bech32_checksum(prefix: str, words: list[int]) -> list[int]:
    """The six words that close a bech32 text of this human-readable part and data (BIP 173)."""
    rest = _remainder(prefix, [*words, 0, 0, 0, 0, 0, 0]) ^ 1
    return [(rest >> 5 * (5 - i)) & 31 for i in range(_CHECKSUM_WORDS)]


def _split(text: str) -> tuple[str, list[int]]:
    """The human-readable part and the data words, once the checksum is found right."""
    if text[:10].lower() == "lightning:":
        text = text[10:]
    if len(text) > _MAX_CHARS:
        raise Bolt11Error("too long")
    if text not in (text.lower(), text.upper()):
        raise Bolt11Error("mixed upper and lower case")
    prefix, separator, data = text.lower().rpartition("1")
    if not separator or not prefix.startswith("ln"):
        raise Bolt11Error("does not start like an invoice")
    words = _words(data)
    if not prefix.isascii() or _remainder(prefix, words) != 1:
        raise Bolt11Error("the checksum does not match")
    return prefix, words[:-_CHECKSUM_WORDS]


def _words(data: str) -> list[int]:
    try:
        return [_WORD_OF[letter] for letter in data]
    except KeyError:
        raise Bolt11Error("a character that bech32 does not have") from None


def _read_prefix(prefix: str) -> tuple[str, int | None]:
    """Network and amount in millisats."""
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        raise Bolt11Error("unknown network or malformed amount")
    network, digits, unit = match.groups()
    if digits is None:
        return network, None
    msat, tenths = divmod(int(digits) * _MSAT_TENTHS[unit], 10)
    if tenths:
        raise Bolt11Error("a fraction of a millisat")
    return network, msat


def _fields(words: list[int]) -> dict[str, list[int]]:
    """Data words by tag: of each tag the first of a valid length, as the standard asks of readers."""
    found: dict[str, list[int]] = {}
    at = 0
    while at < len(words):
        if at + 3 > len(words):
            raise Bolt11Error("a field is cut off")
        tag, end = BECH32_ALPHABET[words[at]], at + 3 + words[at + 1] * 32 + words[at + 2]
        if end > len(words):
            raise Bolt11Error("a field is cut off")
        data = words[at + 3 : end]
        if tag != "p" or len(data) == _HASH_WORDS:
            found.setdefault(tag, data)
        at = end
    return found


def _expiry_s(words: list[int] | None) -> int:
    if words is None:
        return _DEFAULT_EXPIRY_S
    if len(words) > _MAX_EXPIRY_WORDS:
        raise Bolt11Error("an expiry beyond all time")
    return _number(words)


def _text(words: list[int]) -> str:
    try:
        return _octets(words).decode()
    except UnicodeDecodeError:
        raise Bolt11Error("the description is not UTF-8") from None


def _octets(words: list[int]) -> bytes:
    """Whole bytes of the words; the padding bits fall off the end."""
    bits = 5 * len(words)
    return (_number(words) >> bits % 8).to_bytes(bits // 8, "big")


def _number(words: list[int]) -> int:
    value = 0
    for word in words:
        value = value << 5 | word
    return value


def _feedback(top: int) -> int:
    value = 0
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            value ^= generator
    return value


_FEEDBACK = tuple(_feedback(top) for top in range(32))


def _remainder(prefix: str, words: list[int]) -> int:
    """The BCH remainder of BIP 173; 1 when the checksum is right."""
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    rest = 1
    for word in expanded + words:
        rest = (rest & 0x1FFFFFF) << 5 ^ word ^ _FEEDBACK[rest >> 25]
    return rest
