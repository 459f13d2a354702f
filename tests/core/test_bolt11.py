"""The invoice decoder against the examples of BOLT #11, and against another decoder."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.bolt11 import BECH32_ALPHABET, Bolt11Error, Invoice, bech32_checksum, decode

HASH = "0001020304050607080900010203040506070809000102030405060708090102"
CREATED = 1_496_314_658
_P = "pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypq"
_H = "hp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs"
_HP = f"pvjluez{_H}pp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypq"
_BEANS = "dq5vdhkven9v5sxyetpdeessp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9q5sqqqqqqqqqqqqqqqpqsq"

DONATION = (
    f"lnbc1{_P}dpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq8rkx3yf5tcsyz3d73gafnh3cax9rn449d9p5u"
    "xz9ezhhypd0elx87sjle52x86fux2ypatgddc6k63n7erqz25le42c4u4ecky03ylcqca784w"
)
COFFEE = (
    f"lnbc2500u1{_P}dq5xysxxatsyp3k7enxv4jsxqzpuaztrnwngzn3kdzw5hydlzf03qdgm2hdq27cqv3agm2awhz5se903vruatfhq77w3ls4evs3"
    "ch9zw97j25emudupq63nyw24cg27h2rspfj9srp"
)
NONSENSE = (
    f"lnbc2500u1{_P}dpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g70me25alkluzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7"
    "uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrny"
)
HASHED = (
    f"lnbc20m1{_P}{_H}cc6gd6ql3jrc5yzme8v4ntcewwz5cnw92tz0pc8qcuufvq7khhr8wpald05e92xw006sq94mg8v2ndf4sefvf9sygkshp5zfem"
    "29trqq2yxxz7"
)
TESTNET = (
    f"lntb20m1{_HP}fpp3x9et2e20v6pu37c5d9vax37wxq72un98kmzzhznpurw9sgl2v0nklu2g4d0keph5t7tj9tcqd8rexnd07ux4uv2cjvcqwaxg"
    "j7v4uwn5wmypjd5n69z2xm3xgksg28nwht7f6zspwp3f9t"
)
ROUTED = (
    f"lnbc20m1{_P}{_H}fpp3qjmp7lwpagxun9pygexvgpjdc4jdj85fr9yq20q82gphp2nflc7jtzrcazrra7wwgzxqc8u7754cdlpfrmccae92qgzqv"
    "zq2ps8pqqqqqqpqqqqq9qqqvpeuqafqxu92d8lr6fvg0r5gv0heeeqgcrqlnm6jhphu9y00rrhy4grqszsvpcgpy9qqqqqqgqqqqq7qqzqj9n4evl6"
    "mr5aj9f58zp6fyjzup6ywn3x6sk8akg5v4tgn2q8g4fhx05wf6juaxu9760yp46454gpg5mtzgerlzezqcqvjnhjh8z3g2qqdhhwkj"
)
P2SH = (
    f"lnbc20m1{_HP}fppj3a24vwu6r8ejrss3axul8rxldph2q7z9kmrgvr7xlaqm47apw3d48zm203kzcq357a4ls9al2ea73r8jcceyjtya6fu5wzzp"
    "e50zrge6ulk4nvjcpxlekvmxl6qcs9j3tz0469gq5g658y"
)
P2WPKH = (
    f"lnbc20m1{_HP}fppqw508d6qejxtdg4y5r3zarvary0c5xw7kepvrhrm9s57hejg0p662ur5j5cr03890fa7k2pypgttmh4897d3raaq85a293e9j"
    "puqwl0rnfuwzam7yr8e690nd2ypcq9hlkdwdvycqa0qza8"
)
P2WSH = (
    f"lnbc20m1{_HP}fp4qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q28j0v3rwgy9pvjnd48ee2pl8xrpxysd5g44td63g6xcj"
    "cu003j3qe8878hluqlvl3km8rm92f5stamd3jw763n3hck0ct7p8wwj463cql26ava"
)
PICO = (
    "lnbc9678785340p1pwmna7lpp5gc3xfm08u9qy06djf8dfflhugl6p7lgza6dsjxq454gxhj9t7a0sd8dgfkx7cmtwd68yetpd5s9xar0wfjn5gpc8"
    "qhrsdfq24f5ggrxdaezqsnvda3kkum5wfjkzmfqf3jkgem9wgsyuctwdus9xgrcyqcjcgpzgfskx6eqf9hzqnteypzxz7fzypfhg6trddjhygrcyqez"
    "cgpzfysywmm5ypxxjemgw3hxjmn8yptk7untd9hxwg3q2d6xjcmtv4ezq7pqxgsxzmnyyqcjqmt0wfjjq6t5v4khxxqyjw5qcqp2rzjq0gxwkzc8w63"
    "23m55m4jyxcjwmy7stt9hwkwe2qxmy8zpsgg7jcuwz87fcqqeuqqqyqqqqlgqqqqn3qq9qn07ytgrxxzad9hc4xt3mawjjt8znfv8xzscs7007v9gh9"
    "j569lencxa8xeujzkxs0uamak9aln6ez02uunw6rd2ht2sqe4hz8thcdagpleym0j"
)
BEANS = (
    f"lnbc25m1{_P}{_BEANS}67gye39hfg3zd8rgc80k32tvy9xk2xunwm5lzexnvpx6fd77en8qaq424dxgt56cag2dpt359k3ssyhetktkpqh24jqnj"
    "yw6uqd08sgptq44qu"
)
# Fields of unknown type, version or length, all zeros.
_UNKNOWN = "".join(
    head + "q" * count
    for head, count in (
        ("2qr", 3), ("fppn", 32), ("ppn", 51), ("pp4", 53), ("hpn", 51), ("hp4", 53), ("spn", 51), ("sp4", 53),
        ("np5", 52), ("npk", 54),
    )
)  # fmt: skip
IGNORED = (
    f"lnbc25m1{_P}{_BEANS}{_UNKNOWN}2jxxfsnucm4jf4zwtznpaxphce606fvhvje5x7d4gw7n73994hgs7nteqvenq8a4ml8aqtchv5d9pf7l55"
    "8889hp4yyrqv6a7zpq9fgpskqhza"
)
STORE = (
    'Blockstream Store: 88.85 USD for Blockstream Ledger Nano S x 1, "Back In My Day" Sticker x 2, "I Got Lightning '
    'Working" Sticker x 2 and 1 more items'
)
STORE_HASH = "462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f"


def example(msat: int | None, description: str, expiry_s: int = 3600, network: str = "bc") -> Invoice:
    """The decoded form of an example that was made at the usual time over the usual hash."""
    return Invoice(HASH, msat, description, CREATED, CREATED + expiry_s, network)


VALID = {
    DONATION: example(None, "Please consider supporting this project"),
    COFFEE: example(250_000_000, "1 cup coffee", 60),
    NONSENSE: example(250_000_000, "ナンセンス 1杯", 60),
    HASHED: example(2_000_000_000, ""),
    TESTNET: example(2_000_000_000, "", network="tb"),
    ROUTED: example(2_000_000_000, ""),
    P2SH: example(2_000_000_000, ""),
    P2WPKH: example(2_000_000_000, ""),
    P2WSH: example(2_000_000_000, ""),
    PICO: Invoice(STORE_HASH, 967_878_534, STORE, 1_572_468_703, 1_572_468_703 + 604_800, "bc"),
    BEANS: example(2_500_000_000, "coffee beans"),
    BEANS.upper(): example(2_500_000_000, "coffee beans"),
    IGNORED: example(2_500_000_000, "coffee beans"),
}
INVALID = {
    NONSENSE[:-1] + "t": "checksum",
    NONSENSE.removeprefix("lnbc2500u1"): "start",
    "LNBC2500u1" + NONSENSE.removeprefix("lnbc2500u1"): "case",
    f"lnbc1{_P}dpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6na6hlh": "short",
    f"lnbc2500x1{_P}dq5xysxxatsyp3k7enxv4jsxqzpujr6jxr9gq9pv6g46y7d20jfkegkg4gljz2ea2a3m9lmvvr95tq2s0kvu70u3axgelz3kyv"
    "tp2ywwt0y8hkx2869zq5dll9nelr83zzqqpgl2zg": "amount",
    f"lnbc2500000001p1{_P}dq5xysxxatsyp3k7enxv4jsxqzpu7hqtk93pkf7sw55rdv4k9z2vj050rxdr6za9ekfs3nlt5lr89jqpdmxsmlj9urqum"
    "g0h9wzpqecw7th56tdms40p2ny9q4ddvjsedzcplva53s": "millisat",
    "": "start",
    "lnbc": "start",
    "hello": "start",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kepvrhr": "start",
    COFFEE.replace("aztrn", "aztbn"): "bech32",
    "ln" + "q" * 5000: "long",
}


@pytest.mark.parametrize(("text", "expected"), VALID.items())
def test_an_example_of_the_standard_decodes(text: str, expected: Invoice) -> None:
    assert decode(text) == expected


@pytest.mark.parametrize(("text", "reason"), INVALID.items())
def test_what_is_no_invoice_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Bolt11Error, match=reason):
        decode(text)


@pytest.mark.parametrize("text", [f"lightning:{COFFEE}", f"LIGHTNING:{COFFEE.upper()}", f"  {COFFEE}\n"])
def test_wrappings_are_taken_off(text: str) -> None:
    assert decode(text) == VALID[COFFEE]


def test_the_other_decoder_agrees() -> None:
    oracle: Any = pytest.importorskip("bolt11", exc_type=ImportError)
    for text, mine in VALID.items():
        theirs = oracle.decode(text, ignore_exceptions=True)
        assert mine.payment_hash == theirs.payment_hash
        assert mine.amount_msat == theirs.amount_msat
        assert mine.description == (theirs.description or "")
        assert (mine.timestamp, mine.expires_at) == (theirs.date, theirs.date + theirs.expiry)
        assert mine.network == theirs.currency


@pytest.mark.parametrize(
    ("amount", "msat"), [("1", 10**11), ("1m", 10**8), ("1u", 10**5), ("1n", 100), ("10p", 1), ("", None)]
)
def test_a_multiplier_is_an_integer_factor(amount: str, msat: int | None) -> None:
    assert decode(written(f"lnbc{amount}", field("p", [0] * 52))).amount_msat == msat


@pytest.mark.parametrize(
    "prefix", ["lnbc0m", "lnbc01m", "lnbc-1m", "lnbc1.5m", "lnbcm", "lnxy1m", "lnbc" + "9" * 21, "ln"]
)
def test_a_malformed_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(Bolt11Error):
        decode(written(prefix, field("p", [0] * 52)))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([], "no payment hash"),
        (["p", 1, 20, 0, 0], "cut off"),
        ([*["p", 1, 20], *[0] * 52, "d", 0], "cut off"),
        ([*["p", 1, 20], *[0] * 52, "d", 0, 2, 31, 31], "UTF-8"),
        ([*["p", 1, 20], *[0] * 52, "x", 0, 8, *[31] * 8], "expiry"),
    ],
)
def test_malformed_fields_are_refused(fields: list[int | str], reason: str) -> None:
    words = [BECH32_ALPHABET.index(word) if isinstance(word, str) else word for word in fields]
    with pytest.raises(Bolt11Error, match=reason):
        decode(written("lnbc", words))


@settings(deadline=None)
@given(st.integers(0, len(COFFEE) - 1), st.sampled_from(BECH32_ALPHABET))
def test_one_wrong_letter_is_always_noticed(place: int, letter: str) -> None:
    text = COFFEE[:place] + letter + COFFEE[place + 1 :]
    if text != COFFEE:
        with pytest.raises(Bolt11Error):
            decode(text)


@settings(deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="lnbc1" + BECH32_ALPHABET, max_size=400))
def test_any_text_gives_an_invoice_or_the_one_error(text: str) -> None:
    try:
        invoice = decode(text)
    except Bolt11Error:
        return
    assert len(invoice.payment_hash) == 64


@settings(deadline=None)
@given(st.lists(st.integers(0, 31), max_size=400))
def test_any_data_with_a_right_checksum_gives_an_invoice_or_the_one_error(words: list[int]) -> None:
    try:
        invoice = decode(written("lnbc1u", words))
    except Bolt11Error:
        return
    assert len(invoice.payment_hash) == 64


def field(tag: str, data: list[int]) -> list[int]:
    return [BECH32_ALPHABET.index(tag), len(data) >> 5, len(data) & 31, *data]


def written(prefix: str, fields: list[int]) -> str:
    """A text with a right checksum, a timestamp of zero and a signature of nothing."""
    words = [0] * 7 + fields + [0] * 104
    words += bech32_checksum(prefix, words)
    return f"{prefix}1{''.join(BECH32_ALPHABET[word] for word in words)}"
